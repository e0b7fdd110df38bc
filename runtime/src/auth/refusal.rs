//! Why a request was refused: what the client receives, and what is logged.

use std::fmt;

use actix_web::http::{StatusCode, header::HeaderValue};

use super::{credentials::CredentialsRefusal, scopes::is_scope};
use crate::scope::Scope;

/// Why a request that needs an identity was refused.
///
/// The client receives [`status`](Self::status) and [`challenge`](Self::challenge) (RFC 6750
/// section 3). `Display` is for the log alone: it has the reason, without any text of the token.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The request has no credentials that the endpoint accepts.
    NoCredentials,
    /// The credentials are malformed.
    Malformed(CredentialsRefusal),
    /// The token is invalid for this service.
    InvalidToken(TokenRefusal),
    /// Credentials of another kind than a token are invalid for this service.
    InvalidCredentials {
        /// The reason, for the log alone; no part of the credentials.
        why: &'static str,
    },
    /// The credentials are valid, and were revoked before they expired.
    Revoked,
    /// The credentials are valid, and lack the scopes of the endpoint.
    InsufficientScope {
        /// The required scopes.
        needed: &'static Scope,
    },
    /// It cannot be decided now whether the credentials are valid: there are no keys to verify them
    /// with, or the store that they are compared with is out of reach.
    Undecidable,
    /// The credentials are valid, and it is not known now whether they were revoked.
    RevocationsUnknown,
}

impl Refusal {
    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials
            | Self::InvalidToken(_)
            | Self::InvalidCredentials { .. }
            | Self::Revoked => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::InsufficientScope { .. } => StatusCode::FORBIDDEN,
            Self::Undecidable | Self::RevocationsUnknown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The error code of RFC 6750 section 3.1, where there is one.
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::NoCredentials | Self::Undecidable | Self::RevocationsUnknown => None,
            Self::Malformed(_) => Some("invalid_request"),
            Self::InvalidToken(_) | Self::InvalidCredentials { .. } | Self::Revoked => {
                Some("invalid_token")
            }
            Self::InsufficientScope { .. } => Some("insufficient_scope"),
        }
    }

    /// A stable code for the log.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::NoCredentials => "no-credentials",
            Self::Malformed(_) => "malformed-credentials",
            Self::InvalidToken(why) => why.reason(),
            Self::InvalidCredentials { .. } => "invalid-credentials",
            Self::Revoked => "revoked",
            Self::InsufficientScope { .. } => "insufficient-scope",
            Self::Undecidable => "no-keys",
            Self::RevocationsUnknown => "revocations-unknown",
        }
    }

    /// The `WWW-Authenticate` value for bearer tokens; `None` where another token would not help.
    pub fn challenge(&self) -> Option<HeaderValue> {
        Some(match self {
            Self::NoCredentials => HeaderValue::from_static("Bearer"),
            Self::Malformed(_) => HeaderValue::from_static(r#"Bearer error="invalid_request""#),
            Self::InvalidToken(_) | Self::InvalidCredentials { .. } | Self::Revoked => {
                HeaderValue::from_static(r#"Bearer error="invalid_token""#)
            }
            Self::InsufficientScope { needed } => insufficient_scope(needed),
            Self::Undecidable | Self::RevocationsUnknown => return None,
        })
    }
}

/// Names every scope that may help: the protocol has no way to say "one of".
fn insufficient_scope(needed: &Scope) -> HeaderValue {
    const BARE: &str = r#"Bearer error="insufficient_scope""#;
    let mut names: Vec<&str> = Vec::new();
    needed.each_wanted(&mut |name| {
        // A service's own `ScopeName` may say anything; a quote would end the parameter.
        if is_scope(name) && !names.contains(&name) {
            names.push(name);
        }
    });
    if names.is_empty() {
        return HeaderValue::from_static(BARE);
    }
    HeaderValue::try_from(format!("{BARE}, scope=\"{}\"", names.join(" ")))
        .unwrap_or(HeaderValue::from_static(BARE))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials => f.write_str("no credentials"),
            Self::Malformed(why) => write!(f, "malformed credentials: {why}"),
            Self::InvalidToken(why) => write!(f, "invalid token: {why}"),
            Self::InvalidCredentials { why } => write!(f, "invalid credentials: {why}"),
            Self::Revoked => f.write_str("revoked"),
            Self::InsufficientScope { needed } => write!(f, "insufficient scope: needs {needed}"),
            Self::Undecidable => f.write_str("nothing to check the credentials with"),
            Self::RevocationsUnknown => f.write_str("not known whether it was revoked"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<CredentialsRefusal> for Refusal {
    fn from(refusal: CredentialsRefusal) -> Self {
        Self::Malformed(refusal)
    }
}

impl From<TokenRefusal> for Refusal {
    fn from(refusal: TokenRefusal) -> Self {
        if refusal == TokenRefusal::NoKeys {
            // Neither good nor bad: another token would not help, waiting may.
            Self::Undecidable
        } else {
            Self::InvalidToken(refusal)
        }
    }
}

/// Why a token was refused. For logs and tests: a client receives `invalid_token` and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenRefusal {
    /// Longer than any accepted token.
    TooLong,
    /// Not three non-empty parts with dots between them.
    Form,
    /// A part is not base64url in its one spelling: padding, a foreign character, stray bits.
    Encoding,
    /// The header is not one JSON object whose members are each named once.
    Header,
    /// The header has `crit`: an extension that must be understood, and is not.
    Critical,
    /// The header has a key, points to one, or changes how the payload is read.
    ForbiddenMember,
    /// `typ` is not that of an access token.
    Type,
    /// `alg` is not the algorithm of the key, or not one of any configured key.
    Algorithm,
    /// `kid` is not a string of 1 to 128 bytes.
    KeyId,
    /// `kid` names no configured key.
    UnknownKey,
    /// No `kid`, and more than one key of this algorithm.
    AmbiguousKey,
    /// The signature is not valid for these bytes and this key.
    Signature,
    /// The payload is not one JSON object whose members are each named once.
    Payload,
    /// This required claim is missing.
    Missing(&'static str),
    /// This claim has a value of the wrong type or form.
    Mistyped(&'static str),
    /// `exp` has passed.
    Expired,
    /// `nbf` is in the future.
    NotYetValid,
    /// `iat` is in the future.
    IssuedInFuture,
    /// `iss` is another issuer.
    Issuer,
    /// `aud` does not name this service.
    Audience,
    /// `cnf` binds the token to a key of its client, whose proof is not checked here.
    Bound,
    /// Scopes are in more than one claim, are too many, or malformed.
    Scopes,
    /// The token was not judged: there are no keys to verify it with. The only refusal that is
    /// answered with 503.
    NoKeys,
}

impl TokenRefusal {
    /// A stable code for the log.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "token-too-long",
            Self::Form => "token-form",
            Self::Encoding => "token-encoding",
            Self::Header => "token-header",
            Self::Critical => "token-critical",
            Self::ForbiddenMember => "token-forbidden-member",
            Self::Type => "token-type",
            Self::Algorithm => "token-algorithm",
            Self::KeyId => "token-key-id",
            Self::UnknownKey => "token-unknown-key",
            Self::AmbiguousKey => "token-ambiguous-key",
            Self::Signature => "token-signature",
            Self::Payload => "token-payload",
            Self::Missing(_) => "token-claim-missing",
            Self::Mistyped(_) => "token-claim-mistyped",
            Self::Expired => "token-expired",
            Self::NotYetValid => "token-not-yet-valid",
            Self::IssuedInFuture => "token-issued-in-future",
            Self::Issuer => "token-issuer",
            Self::Audience => "token-audience",
            Self::Bound => "token-bound",
            Self::Scopes => "token-scopes",
            Self::NoKeys => "no-keys",
        }
    }
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "too long",
            Self::Form => "not three parts",
            Self::Encoding => "not strict base64url",
            Self::Header => "header is not one object with unique members",
            Self::Critical => "header has a critical extension",
            Self::ForbiddenMember => "header brings its own key or changes the payload's form",
            Self::Type => "not the type of an access token",
            Self::Algorithm => "algorithm is not the key's",
            Self::KeyId => "key id is not a short text",
            Self::UnknownKey => "key id is unknown",
            Self::AmbiguousKey => "no key id, and several keys have this algorithm",
            Self::Signature => "wrong signature",
            Self::Payload => "payload is not one object with unique members",
            Self::Missing(claim) => return write!(f, "claim `{claim}` is missing"),
            Self::Mistyped(claim) => return write!(f, "claim `{claim}` has the wrong form"),
            Self::Expired => "expired",
            Self::NotYetValid => "not valid yet",
            Self::IssuedInFuture => "issued in the future",
            Self::Issuer => "issued by another issuer",
            Self::Audience => "meant for another audience",
            Self::Bound => "bound to a key (`cnf`) that is not asked for here",
            Self::Scopes => "scopes are malformed, too many or given twice",
            Self::NoKeys => "no keys at hand to check it with",
        })
    }
}

impl std::error::Error for TokenRefusal {}

#[cfg(test)]
mod tests {
    use super::{CredentialsRefusal, Refusal, TokenRefusal};
    use crate::policy::{Scope, ScopeName};

    struct Hostile;

    impl ScopeName for Hostile {
        fn scope_name(&self) -> &'static str {
            "a\", realm=\"evil"
        }
    }

    fn answer(refusal: Refusal) -> (u16, Option<String>) {
        let challenge = refusal.challenge();
        (refusal.status().as_u16(), challenge.map(|value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn answers_are_those_of_rfc_6750() {
        static NEEDED: Scope =
            Scope::Any(&[Scope::Name("a"), Scope::All(&[Scope::Name("b"), Scope::Name("a")])]);
        for (refusal, status, challenge) in [
            (Refusal::NoCredentials, 401, Some("Bearer")),
            (
                CredentialsRefusal::SeveralHeaders.into(),
                400,
                Some(r#"Bearer error="invalid_request""#),
            ),
            (TokenRefusal::Expired.into(), 401, Some(r#"Bearer error="invalid_token""#)),
            (TokenRefusal::Signature.into(), 401, Some(r#"Bearer error="invalid_token""#)),
            (
                Refusal::InsufficientScope { needed: &NEEDED },
                403,
                Some(r#"Bearer error="insufficient_scope", scope="a b""#),
            ),
            (Refusal::Undecidable, 503, None),
            (TokenRefusal::NoKeys.into(), 503, None),
        ] {
            assert_eq!(answer(refusal), (status, challenge.map(str::to_owned)), "{refusal}");
        }
    }

    #[test]
    fn a_scope_cannot_break_out_of_its_quotes() {
        static NEEDED: Scope = Scope::Typed(&Hostile);
        let (_, challenge) = answer(Refusal::InsufficientScope { needed: &NEEDED });
        assert_eq!(challenge.as_deref(), Some(r#"Bearer error="insufficient_scope""#));
    }
}
