//! From a token to an identity.

use std::{fmt, sync::OnceLock};

use actix_web::http::header::HeaderMap;

use super::{
    claims::Claims,
    compact::{Compact, decode},
    credentials::bearer,
    header::Header,
    json::read_object,
    key::Key,
    key_set::KeySet,
    principal::{Draft, Principal},
    refusal::{Refusal, TokenRefusal},
    signature::is_signed,
};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// The longest tolerance for clocks that differ, in seconds.
pub const MAX_LEEWAY: u64 = 120;

const DEFAULT_LEEWAY: u64 = 30;

/// How many headers are remembered: those of the current key, the one before, and some room.
const KNOWN_HEADERS: usize = 4;

/// Checks tokens of one issuer that are meant for one service.
///
/// Decisions, in their order; the first that fails refuses the token:
///
/// 1. at most 8 KiB; three parts; each of them base64url in its one possible spelling;
/// 2. the header is an object without repeated members, `typ` is `JWT` or `at+jwt` where it is
///    given, and there is no `crit`, `jku`, `jwk`, `x5u`, `x5c`, `b64`, `zip`, `enc` or `cty`;
/// 3. `kid` names one of our keys (or is absent and only one fits), and `alg` is that key's;
/// 4. the signature; nothing of the payload is read before;
/// 5. the payload is an object without repeated members at any depth;
/// 6. `exp` lies ahead, `nbf` and `iat`, where given, do not; all are whole seconds;
/// 7. `iss` is exactly ours, `aud` names us;
/// 8. `sub` is a text of 1 to 256 characters, `client_id`, `azp` and `jti` too where given;
/// 9. scopes stand in one claim, and each is one of RFC 6749.
///
/// Build one and share it: it is `Sync`, and it gets faster once it has seen a token.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    issuer: Box<str>,
    audiences: Vec<Box<str>>,
    leeway: u64,
    known: [OnceLock<KnownHeader>; KNOWN_HEADERS],
}

/// A header that came with a good signature, and the key that it chose. Tokens of one issuer and
/// key all have the same one, and the keys of a verifier never change, so reading it once is
/// enough. Only proved headers come in here: a forger cannot fill it.
#[derive(Debug)]
struct KnownHeader {
    encoded: Box<str>,
    key_number: u64,
}

impl Verifier {
    /// Takes tokens that `issuer` signed with one of `keys` for `audience`.
    ///
    /// # Errors
    ///
    /// The issuer or the audience is empty.
    pub fn new(keys: KeySet, issuer: &str, audience: &str) -> Result<Self, VerifierError> {
        if issuer.is_empty() {
            return Err(VerifierError::NoIssuer);
        }
        let verifier = Self {
            keys,
            issuer: Box::from(issuer),
            audiences: Vec::new(),
            leeway: DEFAULT_LEEWAY,
            known: Default::default(),
        };
        verifier.or_audience(audience)
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

    /// The keys that tokens are checked with.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The issuer whose tokens are taken.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The identity that `token` proves at `now_unix` (seconds since 1970-01-01 UTC).
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

    fn check_signature(&self, token: &Compact<'_>) -> Result<(), TokenRefusal> {
        let mut known = self.known.iter().map_while(OnceLock::get);
        if let Some(known) = known.find(|known| *known.encoded == *token.header)
            && let Some(key) = self.keys.numbered(known.key_number)
        {
            return check_with(key, token);
        }
        let header = Header::read(token.header)?;
        let key = self.keys.choose(&header.algorithm, header.key_id.as_deref())?;
        check_with(key, token)?;
        for slot in &self.known {
            let known = KnownHeader { encoded: Box::from(token.header), key_number: key.number() };
            if slot.set(known).is_ok() {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, payload: &str, now: u64) -> Result<Draft, TokenRefusal> {
        let claims: Claims<'_> = read_object(payload).map_err(|_| TokenRefusal::Payload)?;
        let expires_at = claims.check_dates(now, self.leeway)?;
        let issuer = claims.check_issuer(&self.issuer)?;
        claims.check_audience(&self.audiences)?;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifierError {
    /// The issuer is empty.
    NoIssuer,
    /// An audience is empty.
    NoAudience,
    /// The leeway is longer than [`MAX_LEEWAY`].
    Leeway(u64),
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
        }
    }
}

impl std::error::Error for VerifierError {}
