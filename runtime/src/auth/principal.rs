//! The authenticated caller.

use std::{fmt, ops::Range, sync::Arc};

use serde::Deserialize;

use super::{claims::Claims, refusal::TokenRefusal};

/// The authenticated caller of a request.
///
/// As a handler's argument it is the proof that authentication took place: only
/// [`Verifier::verify`](super::Verifier::verify) makes one, so a service's own tests get theirs by
/// verifying a token that [`TokenSigner`](super::TokenSigner) signed. Cloning it is cheap.
///
/// `Debug` prints the subject and nothing else of the token.
#[derive(Clone)]
pub struct Principal(Arc<Identity>);

/// One text holds all: the payload as it was signed, then the few values that stand in it with
/// escapes or in pieces. What the accessors return are ranges of it.
struct Identity {
    text: String,
    payload: Range<usize>,
    subject: Range<usize>,
    issuer: Range<usize>,
    scopes: Range<usize>,
    client_id: Option<Range<usize>>,
    token_id: Option<Range<usize>>,
    expires_at: u64,
}

impl Principal {
    /// Who the token was issued for (`sub`): 1 to 256 characters, none of them a control.
    pub fn subject(&self) -> &str {
        self.part(&self.0.subject)
    }

    /// The scopes that the token carries, in its order.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.part(&self.0.scopes).split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether the token carries exactly this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|held| held == scope)
    }

    /// Who issued the token (`iss`).
    pub fn issuer(&self) -> &str {
        self.part(&self.0.issuer)
    }

    /// The client that asked for the token (`client_id`, else `azp`).
    pub fn client_id(&self) -> Option<&str> {
        self.0.client_id.as_ref().map(|range| self.part(range))
    }

    /// The token's own name (`jti`).
    pub fn token_id(&self) -> Option<&str> {
        self.0.token_id.as_ref().map(|range| self.part(range))
    }

    /// When the token expires (`exp`), in seconds since 1970-01-01 UTC.
    pub fn expires_at(&self) -> u64 {
        self.0.expires_at
    }

    /// The token's claims as a type of the service's own, read from the signed payload.
    ///
    /// ```
    /// # use palisade::auth::Principal;
    /// #[derive(serde::Deserialize)]
    /// struct Tenant<'a> {
    ///     tenant: &'a str,
    /// }
    ///
    /// fn tenant(who: &Principal) -> Option<&str> {
    ///     who.claims::<Tenant<'_>>().ok().map(|claims| claims.tenant)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The claims do not have the form that `T` asks for.
    pub fn claims<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ClaimsError> {
        serde_json::from_str(self.part(&self.0.payload))
            .map_err(|error| ClaimsError { column: error.column() })
    }

    fn part(&self, range: &Range<usize>) -> &str {
        // Every range was made from this very text; were one not, the part would be empty, and
        // an empty subject, scope or id grants nothing.
        self.0.text.get(range.clone()).unwrap_or_default()
    }
}

/// An identity that waits for the payload that its ranges are about.
pub(super) struct Draft {
    identity: Identity,
    copies: String,
}

impl Draft {
    /// `payload` is what `claims` was read from. Values that stand in it as they are become ranges
    /// of it; the others are copied.
    pub(super) fn new(
        claims: &Claims<'_>,
        payload: &str,
        issuer: &str,
        expires_at: u64,
    ) -> Result<Self, TokenRefusal> {
        let mut kept = Kept { payload, copies: String::new() };
        let identity = Identity {
            text: String::new(),
            payload: 0..payload.len(),
            subject: kept.keep(claims.subject()?),
            issuer: kept.keep(issuer),
            scopes: kept.keep(&claims.scopes()?),
            client_id: claims.client_id()?.map(|id| kept.keep(id)),
            token_id: claims.token_id()?.map(|id| kept.keep(id)),
            expires_at,
        };
        Ok(Self { identity, copies: kept.copies })
    }

    /// The same payload again, now to keep.
    pub(super) fn over(mut self, payload: String) -> Principal {
        self.identity.text = payload;
        self.identity.text.push_str(&self.copies);
        Principal(Arc::new(self.identity))
    }
}

struct Kept<'a> {
    payload: &'a str,
    copies: String,
}

impl Kept<'_> {
    fn keep(&mut self, value: &str) -> Range<usize> {
        let place = value.as_ptr().addr().wrapping_sub(self.payload.as_ptr().addr());
        let range = place..place.wrapping_add(value.len());
        if self.payload.get(range.clone()) == Some(value) {
            return range;
        }
        let start = self.payload.len() + self.copies.len();
        self.copies.push_str(value);
        start..start + value.len()
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Principal").field(&self.subject()).finish()
    }
}

/// The claims of a token do not have the form that was asked for.
#[derive(Debug)]
pub struct ClaimsError {
    /// The payload's text is the caller's; the place is enough to find the claim.
    column: usize,
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token's claims are not of the asked form (at byte {})", self.column)
    }
}

impl std::error::Error for ClaimsError {}
