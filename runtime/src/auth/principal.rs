//! The authenticated caller.

use std::{
    borrow::Cow,
    fmt,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use super::{
    claims::{Claims, is_identifier},
    refusal::{Refusal, TokenRefusal},
    revocation::NEVER_ASKED,
    scopes::{MAX_SCOPES, is_scope},
};

/// The authenticated caller of a request.
///
/// As a handler's argument it is the proof that authentication took place: only
/// [`Verifier::verify`](super::Verifier::verify) and authenticators
/// ([`Presented::identify`](super::Presented::identify)) make one, so a service's own tests get
/// theirs by verifying a token that [`TokenSigner`](super::TokenSigner) signed. Cloning it is
/// cheap.
///
/// `Debug` prints the subject and no other part of the token.
#[derive(Clone)]
pub struct Principal(Arc<Identity>);

/// One string holds all: the payload as it was signed, then the few values that have escapes or
/// consist of pieces. The accessors return ranges of it.
struct Identity {
    text: String,
    payload: Range<usize>,
    subject: Range<usize>,
    issuer: Range<usize>,
    scopes: Range<usize>,
    client_id: Option<Range<usize>>,
    token_id: Option<Range<usize>>,
    issued_at: Option<u64>,
    valid_from: u64,
    expires_at: u64,
    /// The state of the revocations when these credentials were found valid.
    asked_at: AtomicU64,
}

impl Principal {
    /// The subject (`sub`): 1 to 256 characters, none of them a control character.
    pub fn subject(&self) -> &str {
        self.part(&self.0.subject)
    }

    /// The scopes of the token, in its order.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.part(&self.0.scopes).split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether the token carries exactly this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|held| held == scope)
    }

    /// The issuer (`iss`).
    pub fn issuer(&self) -> &str {
        self.part(&self.0.issuer)
    }

    /// The client that the token was issued to (`client_id`, else `azp`).
    pub fn client_id(&self) -> Option<&str> {
        self.0.client_id.as_ref().map(|range| self.part(range))
    }

    /// The id of the token (`jti`).
    pub fn token_id(&self) -> Option<&str> {
        self.0.token_id.as_ref().map(|range| self.part(range))
    }

    /// When the token was issued (`iat`), in seconds since 1970-01-01 UTC.
    pub fn issued_at(&self) -> Option<u64> {
        self.0.issued_at
    }

    /// When the token expires (`exp`), in seconds since 1970-01-01 UTC; `u64::MAX` for credentials
    /// without an end.
    pub fn expires_at(&self) -> u64 {
        self.0.expires_at
    }

    /// The token's claims as a type of the service's own, deserialized from the signed payload.
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
    /// The claims do not fit `T`.
    pub fn claims<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ClaimsError> {
        serde_json::from_str(self.part(&self.0.payload))
            .map_err(|error| ClaimsError { column: error.column() })
    }

    /// The login that the token belongs to (`sid`), if the claim is a string.
    pub(super) fn login(&self) -> Option<Cow<'_, str>> {
        #[derive(Deserialize)]
        struct Login<'a> {
            #[serde(borrow)]
            sid: Cow<'a, str>,
        }
        self.claims::<Login<'_>>().ok().map(|login| login.sid)
    }

    /// The beginning of the token's validity: the later of `nbf` and `iat`; 0 if neither is given.
    pub(super) fn valid_from(&self) -> u64 {
        self.0.valid_from
    }

    /// The state of the revocations when these credentials were last found valid.
    pub(super) fn asked_at(&self) -> u64 {
        self.0.asked_at.load(Ordering::Relaxed)
    }

    /// Written once for each state: all requests with the same token share this.
    pub(super) fn note_asked(&self, state: u64) {
        self.0.asked_at.store(state, Ordering::Relaxed);
    }

    fn part(&self, range: &Range<usize>) -> &str {
        // Every range was made from this very text; were one not, the part would be empty, and
        // an empty subject, scope or id grants nothing.
        self.0.text.get(range.clone()).unwrap_or_default()
    }
}

/// An identity whose ranges need the payload.
pub(super) struct Draft {
    identity: Identity,
    copies: String,
}

impl Draft {
    /// `payload` is what `claims` was read from. Values that it contains unescaped become ranges of
    /// it; the others are copied.
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
            issued_at: claims.issued_at()?,
            valid_from: claims.valid_from()?,
            expires_at,
            asked_at: AtomicU64::new(NEVER_ASKED),
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

/// Builds the caller that an authenticator has identified; for authenticators only.
///
/// Made by [`Presented::identify`](super::Presented::identify).
#[derive(Debug)]
#[must_use = "nobody is identified before `build`"]
pub struct PrincipalBuilder {
    subject: String,
    issuer: String,
    scopes: Vec<String>,
    client_id: Option<String>,
    credential_id: Option<String>,
    claims: Result<String, serde_json::Error>,
    issued_at: Option<u64>,
    expires_at: u64,
    now_unix: u64,
}

impl PrincipalBuilder {
    pub(crate) fn new(subject: String, now_unix: u64) -> Self {
        Self {
            subject,
            issuer: String::new(),
            scopes: Vec::new(),
            client_id: None,
            credential_id: None,
            claims: Ok("{}".to_owned()),
            issued_at: None,
            expires_at: u64::MAX,
            now_unix,
        }
    }

    /// The issuer of the credentials; empty unless this is called.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// The scopes of the caller: RFC 6749 scope tokens, at most 256.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The client program of the caller.
    pub fn client_id(mut self, client: impl Into<String>) -> Self {
        self.client_id = Some(client.into());
        self
    }

    /// The public name of the credentials themselves: the `jti` of a token. Revocations use it.
    pub fn token_id(mut self, id: impl Into<String>) -> Self {
        self.credential_id = Some(id.into());
        self
    }

    /// The input of [`Principal::claims`]: an object.
    pub fn claims(mut self, claims: &impl Serialize) -> Self {
        self.claims = serde_json::to_string(claims);
        self
    }

    /// When the credentials were made, in seconds since 1970-01-01 UTC. A revocation of a subject's
    /// credentials up to some date compares it, and refuses credentials without it.
    pub fn issued_at(mut self, unix: u64) -> Self {
        self.issued_at = Some(unix);
        self
    }

    /// When the credentials expire, in seconds since 1970-01-01 UTC; never unless this is called.
    pub fn expires_at(mut self, unix: u64) -> Self {
        self.expires_at = unix;
        self
    }

    /// The caller.
    ///
    /// # Errors
    ///
    /// The subject, the client or the id is empty, longer than 256 characters or has a control
    /// character; a malformed scope, or too many; claims that cannot be serialized; credentials
    /// that have expired.
    pub fn build(self) -> Result<Principal, Refusal> {
        let refused = |why| Err(Refusal::InvalidCredentials { why });
        let ids = [Some(&self.subject), self.client_id.as_ref(), self.credential_id.as_ref()];
        if !ids.into_iter().flatten().all(|id| is_identifier(id)) {
            return refused("an identifier is not 1 to 256 characters without controls");
        }
        if self.scopes.len() > MAX_SCOPES || !self.scopes.iter().all(|scope| is_scope(scope)) {
            return refused("scopes are malformed or too many");
        }
        if self.now_unix >= self.expires_at {
            return refused("expired");
        }
        let Ok(mut text) = self.claims else {
            return refused("the claims cannot be written as JSON");
        };
        let payload = 0..text.len();
        let mut keep = |part: &str| {
            let start = text.len();
            text.push_str(part);
            start..text.len()
        };
        let subject = keep(&self.subject);
        let issuer = keep(&self.issuer);
        let scopes = keep(&self.scopes.join(" "));
        let client_id = self.client_id.as_deref().map(&mut keep);
        let token_id = self.credential_id.as_deref().map(&mut keep);
        Ok(Principal(Arc::new(Identity {
            text,
            payload,
            subject,
            issuer,
            scopes,
            client_id,
            token_id,
            issued_at: self.issued_at,
            valid_from: 0,
            expires_at: self.expires_at,
            asked_at: AtomicU64::new(NEVER_ASKED),
        })))
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Principal").field(&self.subject()).finish()
    }
}

/// The claims of a token do not fit the requested type.
#[derive(Debug)]
pub struct ClaimsError {
    /// The text of the payload is the caller's; the position is sufficient to find the claim.
    column: usize,
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token's claims are not of the asked form (at byte {})", self.column)
    }
}

impl std::error::Error for ClaimsError {}
