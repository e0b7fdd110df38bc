//! From a token to an identity.

use std::fmt;

use actix_web::http::header::HeaderMap;

use super::{
    claims::Claims,
    compact::{Compact, decode},
    credentials::bearer,
    header::Header,
    json::read_object,
    key::Key,
    key_set::KeySet,
    key_source::{Demand, Held, KeyRing, KeySource, KeySourceError, KeyWatch, Word},
    principal::{Draft, Principal},
    profile::TokenProfile,
    refusal::{Refusal, TokenRefusal},
    signature::is_signed,
};
use crate::clock::Moment;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// The longest tolerance for clocks that differ, in seconds.
pub const MAX_LEEWAY: u64 = 120;

const DEFAULT_LEEWAY: u64 = 30;

/// Checks tokens of one issuer that are meant for one service.
///
/// Decisions, in their order; the first that fails refuses the token:
///
/// 1. at most 8 KiB; three parts; each of them base64url in its one possible spelling;
/// 2. the header is an object without repeated members, `typ` is `at+jwt`, and there is no `crit`,
///    `jku`, `jwk`, `x5u`, `x5c`, `b64`, `zip`, `enc` or `cty`;
/// 3. `kid` names one of the verifier's keys (or is absent and only one fits), and `alg` is that
///    key's;
/// 4. the signature; no part of the payload is read before;
/// 5. the payload is an object without repeated members at any depth;
/// 6. `exp` is in the future, `iat` and, where given, `nbf` are not; all are whole seconds;
/// 7. `iss` is exactly the expected issuer, `aud` names the service;
/// 8. `iat`, `jti` and `client_id` are there, and no `cnf`: a token that is bound to a key of its
///    client proves nothing without that key;
/// 9. `sub`, `client_id`, `jti` and, where given, `azp` are strings of 1 to 256 characters;
/// 10. scopes are in one claim, and each is one of RFC 6749.
///
/// That is the profile of RFC 9068. For issuers from before it,
/// [`dangerous_plain_jwt`](Self::dangerous_plain_jwt) asks for less in 2 and 8.
///
/// Build one and share it: it is `Sync`, and it gets faster once it has seen a token. Where its keys
/// can change ([`KeySource`]), they are kept fresh for as long as it lives.
#[derive(Debug)]
pub struct Verifier {
    ring: KeyRing,
    issuer: Box<str>,
    audiences: Vec<Box<str>>,
    leeway: u64,
    profile: TokenProfile,
    weakened: Option<Box<str>>,
}

impl Verifier {
    /// Takes tokens that `issuer` signed with one of `keys` for `audience`.
    ///
    /// `keys` is a [`KeySet`], a [`KeySource`] or, with the feature `remote-keys`, `RemoteKeys`.
    ///
    /// # Errors
    ///
    /// The issuer or the audience is empty, or the keys' source cannot be used.
    pub fn new(
        keys: impl Into<KeySource>,
        issuer: &str,
        audience: &str,
    ) -> Result<Self, VerifierError> {
        if issuer.is_empty() {
            return Err(VerifierError::NoIssuer);
        }
        if audience.is_empty() {
            return Err(VerifierError::NoAudience);
        }
        let verifier = Self {
            ring: keys.into().open(issuer).map_err(VerifierError::Keys)?,
            issuer: Box::from(issuer),
            audiences: Vec::new(),
            leeway: DEFAULT_LEEWAY,
            profile: TokenProfile::default(),
            weakened: None,
        };
        verifier.or_audience(audience)
    }

    /// The watch of its keys, if they change.
    pub(crate) fn key_watch(&self) -> Option<KeyWatch> {
        self.ring.watch()
    }

    /// Takes tokens for this audience too: for a service that is being renamed.
    ///
    /// # Errors
    ///
    /// The audience is empty.
    pub fn or_audience(mut self, audience: &str) -> Result<Self, VerifierError> {
        if audience.is_empty() {
            return Err(VerifierError::NoAudience);
        }
        self.audiences.push(Box::from(audience));
        Ok(self)
    }

    /// Tolerates clocks that differ by so many seconds; 30 unless this is called.
    ///
    /// # Errors
    ///
    /// More than [`MAX_LEEWAY`].
    pub fn leeway(mut self, seconds: u64) -> Result<Self, VerifierError> {
        if seconds > MAX_LEEWAY {
            return Err(VerifierError::Leeway(seconds));
        }
        self.leeway = seconds;
        Ok(self)
    }

    /// Takes plain JWTs too ([`TokenProfile::PlainJwt`]): for issuers from before RFC 9068.
    ///
    /// The reason shows in the log at start-up and in the inventory of the running service.
    ///
    /// # Errors
    ///
    /// A reason without content: less than two words, or than ten characters.
    pub fn dangerous_plain_jwt(mut self, reason: &str) -> Result<Self, VerifierError> {
        let reason = reason.trim();
        if !palisade_policy::is_reason(reason) {
            return Err(VerifierError::Reason);
        }
        self.profile = TokenProfile::PlainJwt;
        self.weakened = Some(Box::from(reason));
        Ok(self)
    }

    /// Which tokens count as access tokens.
    pub fn profile(&self) -> TokenProfile {
        self.profile
    }

    /// The reason for a looser profile than the default one.
    pub(crate) fn weakened(&self) -> Option<&str> {
        self.weakened.as_deref()
    }

    /// The keys that tokens are checked with now; `None` where there are none that may be used.
    pub fn keys(&self) -> Option<KeySet> {
        self.ring.held().and_then(|held| held.as_deref().map(|held| held.keys().clone()))
    }

    /// The issuer whose tokens are taken.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The identity that `token` proves at `now_unix` (seconds since 1970-01-01 UTC), with the keys
    /// at hand.
    ///
    /// # Errors
    ///
    /// The first decision in the list above that fails.
    pub fn verify(&self, token: &str, now_unix: u64) -> Result<Principal, TokenRefusal> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(TokenRefusal::TooLong);
        }
        let token = Compact::split(token)?;
        self.check_signature(&token)?;

        let payload =
            String::from_utf8(decode(token.payload)?).map_err(|_| TokenRefusal::Payload)?;
        let draft = self.read(&payload, now_unix)?;
        Ok(draft.over(payload))
    }

    /// Whether newer keys could change this refusal, and can be asked for:
    /// [`verify_fresh`](Self::verify_fresh) does.
    pub(crate) fn may_learn(&self, refusal: TokenRefusal) -> bool {
        matches!(refusal, TokenRefusal::UnknownKey | TokenRefusal::NoKeys)
            && self.ring.demand().is_some()
    }

    /// As [`verify`](Self::verify), but a token whose key is not at hand waits for newer keys: all
    /// such tokens for the same ones, and none for longer than the source's time-out.
    ///
    /// # Errors
    ///
    /// As `verify`, and `Undecidable` where no keys can be had in time.
    pub(crate) async fn verify_fresh(
        &self,
        token: &str,
        now_unix: u64,
    ) -> Result<Principal, Refusal> {
        let refusal = match self.verify(token, now_unix) {
            Err(refusal @ (TokenRefusal::UnknownKey | TokenRefusal::NoKeys)) => refusal,
            decided => return Ok(decided?),
        };
        let Some(demand) = self.ring.demand() else { return Err(refusal.into()) };
        let key_id = self.key_id(token)?;
        if refusal == TokenRefusal::UnknownKey
            && key_id.as_deref().is_some_and(|id| demand.is_unknown(id, Moment::now()))
        {
            return Err(refusal.into());
        }
        let waiting = self.verify_later(token, now_unix, key_id.as_deref(), demand);
        tokio::time::timeout(demand.patience(), waiting).await.unwrap_or(Err(Refusal::Undecidable))
    }

    async fn verify_later(
        &self,
        token: &str,
        now_unix: u64,
        key_id: Option<&str>,
        demand: &Demand,
    ) -> Result<Principal, Refusal> {
        let mut waiting = demand.ask().ok_or(Refusal::Undecidable)?;
        loop {
            let word = waiting.next().await;
            match (self.verify(token, now_unix), word) {
                (Err(TokenRefusal::UnknownKey), Word::Final) => {
                    if let Some(id) = key_id {
                        demand.note_unknown(id, Moment::now());
                    }
                    return Err(TokenRefusal::UnknownKey.into());
                }
                (Err(TokenRefusal::UnknownKey | TokenRefusal::NoKeys), Word::Wait) => {}
                // Whether the key exists could not be found out.
                (Err(TokenRefusal::UnknownKey), Word::Failed) => return Err(Refusal::Undecidable),
                (decided, _) => return Ok(decided?),
            }
        }
    }

    fn key_id(&self, token: &str) -> Result<Option<String>, TokenRefusal> {
        Ok(Header::read(Compact::split(token)?.header, self.profile)?.key_id)
    }

    /// Changes whenever the keys do, and is 0 while there are none that may be used: what an older
    /// generation proved is to be proved again. To be read before the token is verified whose
    /// proof it dates.
    pub(crate) fn generation(&self) -> u64 {
        self.ring.generation()
    }

    /// Whether the clock has nothing against a principal that this verifier accepted before.
    pub(super) fn is_current(&self, principal: &Principal, now_unix: u64) -> bool {
        now_unix < principal.expires_at().saturating_add(self.leeway)
            && principal.valid_from() <= now_unix.saturating_add(self.leeway)
    }

    fn check_signature(&self, token: &Compact<'_>) -> Result<(), TokenRefusal> {
        let held = self.ring.held();
        let held: Option<&Held> = held.as_ref().and_then(|held| held.as_deref());
        if let Some(held) = held
            && let Some(key) = held.known(token.header)
        {
            return check_with(key, token);
        }
        // Read first: a token that no key can save is refused, not waited with.
        let header = Header::read(token.header, self.profile)?;
        let held = held.ok_or(TokenRefusal::NoKeys)?;
        let key = held.keys().choose(&header.algorithm, header.key_id.as_deref())?;
        check_with(key, token)?;
        held.know(token.header, key);
        Ok(())
    }

    fn read(&self, payload: &str, now: u64) -> Result<Draft, TokenRefusal> {
        let claims: Claims<'_> = read_object(payload).map_err(|_| TokenRefusal::Payload)?;
        let expires_at = claims.check_dates(now, self.leeway)?;
        let issuer = claims.check_issuer(&self.issuer)?;
        claims.check_audience(&self.audiences)?;
        claims.check_presence(self.profile)?;
        Draft::new(&claims, payload, issuer, expires_at)
    }
}

fn check_with(key: &Key, token: &Compact<'_>) -> Result<(), TokenRefusal> {
    let signature = decode(token.signature)?;
    if is_signed(key, token.signed.as_bytes(), &signature) {
        Ok(())
    } else {
        Err(TokenRefusal::Signature)
    }
}

/// The identity of a request, by the one token that it brings.
///
/// A missing or malformed token is the client's fault whatever our state; with a token to check
/// and no verifier to check it, the answer is neither yes nor no.
///
/// # Errors
///
/// Any [`Refusal`] but `InsufficientScope`.
pub fn authenticate(
    verifier: Option<&Verifier>,
    headers: &HeaderMap,
    now_unix: u64,
) -> Result<Principal, Refusal> {
    let token = bearer(headers)?.ok_or(Refusal::NoCredentials)?;
    let verifier = verifier.ok_or(Refusal::Undecidable)?;
    Ok(verifier.verify(token, now_unix)?)
}

/// A verifier cannot be set up like this.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifierError {
    /// The issuer is empty.
    NoIssuer,
    /// An audience is empty.
    NoAudience,
    /// The leeway is longer than [`MAX_LEEWAY`].
    Leeway(u64),
    /// The keys cannot be had from where they were said to come from.
    Keys(KeySourceError),
    /// The reason for the looser profile has no content.
    Reason,
}

impl fmt::Display for VerifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIssuer => f.write_str("the issuer is empty; name the one that signs tokens"),
            Self::NoAudience => {
                f.write_str("an audience is empty; name this service as its tokens do")
            }
            Self::Leeway(seconds) => {
                write!(f, "a leeway of {seconds} s; at most {MAX_LEEWAY} s keep expiry meaningful")
            }
            Self::Keys(error) => error.fmt(f),
            Self::Reason => f.write_str(
                "`dangerous_plain_jwt` needs a reason that a reviewer can judge: why the issuer \
                 makes no access tokens of RFC 9068",
            ),
        }
    }
}

impl std::error::Error for VerifierError {}
