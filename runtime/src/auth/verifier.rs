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
    profile::TokenProfile,
    refusal::{Refusal, TokenRefusal},
    signature::is_signed,
};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// The longest tolerance for clocks that differ, in seconds.
pub const MAX_LEEWAY: u64 = 120;

const DEFAULT_LEEWAY: u64 = 30;

/// Of a weakening, in characters: less says nothing.
const SHORTEST_REASON: usize = 10;

/// How many headers are remembered: those of the current key, the one before, and some room.
const KNOWN_HEADERS: usize = 4;

/// Checks tokens of one issuer that are meant for one service.
///
/// Decisions, in their order; the first that fails refuses the token:
///
/// 1. at most 8 KiB; three parts; each of them base64url in its one possible spelling;
/// 2. the header is an object without repeated members, `typ` is `at+jwt`, and there is no `crit`,
///    `jku`, `jwk`, `x5u`, `x5c`, `b64`, `zip`, `enc` or `cty`;
/// 3. `kid` names one of our keys (or is absent and only one fits), and `alg` is that key's;
/// 4. the signature; nothing of the payload is read before;
/// 5. the payload is an object without repeated members at any depth;
/// 6. `exp` lies ahead, `iat` and, where given, `nbf` do not; all are whole seconds;
/// 7. `iss` is exactly ours, `aud` names us;
/// 8. `iat`, `jti` and `client_id` are there, and no `cnf`: a token that is bound to a key of its
///    client proves nothing without that key;
/// 9. `sub`, `client_id`, `jti` and, where given, `azp` are texts of 1 to 256 characters;
/// 10. scopes stand in one claim, and each is one of RFC 6749.
///
/// That is the profile of RFC 9068. For issuers from before it,
/// [`dangerous_plain_jwt`](Self::dangerous_plain_jwt) asks for less in 2 and 8.
///
/// Build one and share it: it is `Sync`, and it gets faster once it has seen a token.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    issuer: Box<str>,
    audiences: Vec<Box<str>>,
    leeway: u64,
    profile: TokenProfile,
    weakened: Option<Box<str>>,
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
            profile: TokenProfile::default(),
            weakened: None,
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

    /// Takes plain JWTs too ([`TokenProfile::PlainJwt`]): for issuers from before RFC 9068.
    ///
    /// The reason shows in the log at start-up and in the inventory of the running service.
    ///
    /// # Errors
    ///
    /// A reason of less than 10 characters.
    pub fn dangerous_plain_jwt(mut self, reason: &str) -> Result<Self, VerifierError> {
        let reason = reason.trim();
        if reason.chars().count() < SHORTEST_REASON {
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

    /// As [`verify`](Self::verify); a key that is not known yet is waited for.
    ///
    /// # Errors
    ///
    /// As `verify`, and `Undecidable` where no key set can be had in time.
    #[expect(clippy::unused_async, reason = "the keys of this verifier never change")]
    pub(crate) async fn verify_fresh(
        &self,
        token: &str,
        now_unix: u64,
    ) -> Result<Principal, Refusal> {
        Ok(self.verify(token, now_unix)?)
    }

    /// Changes whenever the keys do: what an older generation proved is to be proved again.
    pub(crate) fn generation(&self) -> u64 {
        1
    }

    fn check_signature(&self, token: &Compact<'_>) -> Result<(), TokenRefusal> {
        let mut known = self.known.iter().map_while(OnceLock::get);
        if let Some(known) = known.find(|known| *known.encoded == *token.header)
            && let Some(key) = self.keys.numbered(known.key_number)
        {
            return check_with(key, token);
        }
        let header = Header::read(token.header, self.profile)?;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifierError {
    /// The issuer is empty.
    NoIssuer,
    /// An audience is empty.
    NoAudience,
    /// The leeway is longer than [`MAX_LEEWAY`].
    Leeway(u64),
    /// The reason for the looser profile says nothing.
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
            Self::Reason => f.write_str(
                "`dangerous_plain_jwt` needs a reason that a reviewer can judge: why the issuer \
                 makes no access tokens of RFC 9068",
            ),
        }
    }
}

impl std::error::Error for VerifierError {}
