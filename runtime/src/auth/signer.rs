//! Signing access tokens.

use std::{
    fmt,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretSlice;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    claims::is_identifier,
    jwk,
    key::KeyError,
    key_set::read_file,
    scopes::{is_scope, is_scope_list},
    signing_key::SigningKey,
    verifier::MAX_TOKEN_LENGTH,
};

const DEFAULT_LIFETIME: Duration = Duration::from_secs(15 * 60);
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Claims that a token's own fields set, or that verifiers read as one of those.
const RESERVED: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "azp",
    "scope",
    "scopes",
    "scp",
    "cnf",
    "act",
    "may_act",
];

/// Signs access tokens (RFC 9068) with one key.
///
/// A service that logs users in needs a [`TokenIssuer`](crate::issue::TokenIssuer), which rotates
/// keys and gives refresh tokens too. A holder of an HS256 secret can impersonate every subject:
/// where several services verify the tokens, sign with a private key.
///
/// ```
/// use std::time::Duration;
///
/// use palisade::auth::TokenSigner;
/// use secrecy::SecretSlice;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret: SecretSlice<u8> = (0..32).collect::<Vec<u8>>().into();
/// let signer = TokenSigner::hs256("2026-11", &secret, "https://id.example.org", "items")?;
/// let token = signer
///     .subject("ada")
///     .scopes(["items:read", "items:write"])
///     .expires_in(Duration::from_secs(3600))
///     .sign()?;
/// # assert_eq!(token.split('.').count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TokenSigner {
    key: SigningKey,
    issuer: String,
    audience: String,
}

impl TokenSigner {
    /// Signs with this key, as `issuer`, for `audience`.
    pub fn new(key: SigningKey, issuer: &str, audience: &str) -> Self {
        Self { key, issuer: issuer.to_owned(), audience: audience.to_owned() }
    }

    /// Signs with this secret, as `issuer`, for `audience`.
    ///
    /// # Errors
    ///
    /// The secret is not valid for [`Key::hs256`](super::Key::hs256).
    pub fn hs256<'a>(
        kid: impl Into<Option<&'a str>>,
        secret: &SecretSlice<u8>,
        issuer: &str,
        audience: &str,
    ) -> Result<Self, KeyError> {
        Ok(Self::new(SigningKey::hs256(kid, secret)?, issuer, audience))
    }

    /// Signs with the one `oct` key of a JWK Set.
    ///
    /// # Errors
    ///
    /// Not a JWK Set, no or several `oct` keys in it, or one that is not valid for HS256.
    pub fn from_jwk_set(json: &[u8], issuer: &str, audience: &str) -> Result<Self, KeyError> {
        let (kid, secret) = jwk::read_secret(json)?;
        Self::hs256(kid.as_deref(), &secret, issuer, audience)
    }

    /// Signs with the one `oct` key of a file with a JWK Set.
    ///
    /// # Errors
    ///
    /// The file cannot be read; else as for [`from_jwk_set`](Self::from_jwk_set).
    pub fn from_jwk_set_file(
        path: impl AsRef<Path>,
        issuer: &str,
        audience: &str,
    ) -> Result<Self, KeyError> {
        Self::from_jwk_set(&read_file(path.as_ref())?, issuer, audience)
    }

    /// Starts a token for this subject: without scopes, for 15 minutes.
    pub fn subject<'a>(&'a self, subject: &'a str) -> TokenDraft<'a> {
        TokenDraft::new(&self.key, &self.issuer, &self.audience, subject)
    }
}

/// A token that is not signed yet.
#[derive(Clone, Debug)]
#[must_use = "a draft does nothing until it is signed"]
pub struct TokenDraft<'a> {
    key: &'a SigningKey,
    issuer: &'a str,
    audience: &'a str,
    subject: &'a str,
    client_id: Option<&'a str>,
    scopes: String,
    has_bad_scope: bool,
    claims: Map<String, Value>,
    has_bad_claim: bool,
    lifetime: Duration,
}

impl<'a> TokenDraft<'a> {
    pub(crate) fn new(
        key: &'a SigningKey,
        issuer: &'a str,
        audience: &'a str,
        subject: &'a str,
    ) -> Self {
        Self {
            key,
            issuer,
            audience,
            subject,
            client_id: None,
            scopes: String::new(),
            has_bad_scope: false,
            claims: Map::new(),
            has_bad_claim: false,
            lifetime: DEFAULT_LIFETIME,
        }
    }

    /// Adds these scopes.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        for scope in scopes {
            // Joined, two scopes in one text would pass for two.
            self.has_bad_scope |= !is_scope(scope.as_ref());
            if !self.scopes.is_empty() {
                self.scopes.push(' ');
            }
            self.scopes.push_str(scope.as_ref());
        }
        self
    }

    /// Names the client that the token is issued to; the subject unless this is called.
    pub fn client_id(mut self, client_id: &'a str) -> Self {
        self.client_id = Some(client_id);
        self
    }

    /// Adds a claim of the service's own, such as a tenant; read by [`Principal::claims`].
    ///
    /// [`Principal::claims`]: super::Principal::claims
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) if !name.is_empty() && !RESERVED.contains(&name) => {
                self.has_bad_claim |= self.claims.insert(name.to_owned(), value).is_some();
            }
            Ok(_) | Err(_) => self.has_bad_claim = true,
        }
        self
    }

    /// Sets the lifetime of the token: whole seconds, at most a day.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Signs the token, issued now.
    ///
    /// # Errors
    ///
    /// An invalid subject, client, scope, claim or lifetime.
    pub fn sign(self) -> Result<String, SignError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| SignError::Clock)?;
        self.sign_at(now.as_secs())
    }

    /// Signs the token, issued at `now_unix` (seconds since 1970-01-01 UTC).
    ///
    /// # Errors
    ///
    /// An invalid subject, client, scope, claim or lifetime.
    pub fn sign_at(self, now_unix: u64) -> Result<String, SignError> {
        let client_id = self.client_id.unwrap_or(self.subject);
        if !is_identifier(self.subject) || !is_identifier(client_id) {
            return Err(SignError::Subject);
        }
        if self.has_bad_scope || !is_scope_list(&self.scopes) {
            return Err(SignError::Scopes);
        }
        if self.lifetime < Duration::from_secs(1) || self.lifetime > MAX_LIFETIME {
            return Err(SignError::Lifetime);
        }
        if self.has_bad_claim {
            return Err(SignError::Claim);
        }
        let mut token_id = [0; 16];
        aws_lc_rs::rand::fill(&mut token_id).map_err(|_| SignError::Cryptography)?;

        let header =
            HeaderFields { alg: self.key.algorithm().name(), typ: "at+jwt", kid: self.key.id() };
        let payload = PayloadFields {
            iss: self.issuer,
            sub: self.subject,
            aud: self.audience,
            exp: now_unix.saturating_add(self.lifetime.as_secs()),
            iat: now_unix,
            jti: &URL_SAFE_NO_PAD.encode(token_id),
            client_id,
            scope: &self.scopes,
            claims: &self.claims,
        };
        let mut token = part(&header)?;
        token.push('.');
        token.push_str(&part(&payload)?);
        let signature = self.key.sign(token.as_bytes()).ok_or(SignError::Cryptography)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(SignError::TooLong);
        }
        Ok(token)
    }
}

#[derive(Serialize)]
struct HeaderFields<'a> {
    alg: &'a str,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct PayloadFields<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: u64,
    iat: u64,
    jti: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
    #[serde(flatten)]
    claims: &'a Map<String, Value>,
}

fn part(fields: &impl Serialize) -> Result<String, SignError> {
    let json = serde_json::to_vec(fields).map_err(|_| SignError::Cryptography)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// A token that cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The subject or the client is empty, longer than 256 characters, or has control characters.
    Subject,
    /// A scope is not of RFC 6749's form, or there are more than 256.
    Scopes,
    /// A claim of the service's own has a reserved name, is given twice, or is no JSON.
    Claim,
    /// The token would be longer than [`MAX_TOKEN_LENGTH`].
    TooLong,
    /// Less than a second or more than a day.
    Lifetime,
    /// The machine's clock is before 1970.
    Clock,
    /// The cryptographic library failed.
    Cryptography,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "subject and client are 1 to 256 characters, none of them a control",
            Self::Scopes => "scopes are printable ASCII without space, quote and backslash",
            Self::Claim => "a claim of its own has a free name, once, and a JSON value",
            Self::TooLong => "the token would be longer than verifiers take; put less into it",
            Self::Lifetime => "a token lives one second to one day",
            Self::Clock => "the clock is before 1970",
            Self::Cryptography => "the cryptographic library failed",
        })
    }
}

impl std::error::Error for SignError {}
