//! The requirements on a token besides a valid signature.

use std::fmt;

/// Which tokens count as access tokens.
///
/// Both profiles check signature, dates, issuer, audience and the form of every claim that is read;
/// they differ in the required claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenProfile {
    /// RFC 9068: `typ` is `at+jwt`, and `iss`, `aud`, `exp`, `sub`, `iat`, `jti` and `client_id`
    /// are required. No other token of the issuer is accepted as an access token.
    #[default]
    AccessToken,
    /// RFC 7519 with the checks of RFC 8725, for issuers from before RFC 9068: `typ` may be `JWT`
    /// or absent, and only `iss`, `aud`, `exp` and `sub` are required.
    ///
    /// Then only the audience distinguishes an access token from an ID token, and a token without
    /// `jti` cannot be revoked by itself. A verifier accepts it from
    /// [`dangerous_plain_jwt`](super::Verifier::dangerous_plain_jwt) only.
    PlainJwt,
}

impl TokenProfile {
    /// The types that a header may name, in short form (RFC 9068 section 4, RFC 7519 section 5.1).
    /// Media types compare without regard to case, and may leave `application/` out (RFC 7515
    /// section 4.1.9).
    pub(super) fn admits_type(self, kind: Option<&str>) -> bool {
        const PREFIX: &str = "application/";
        let Some(kind) = kind else { return self == Self::PlainJwt };
        let short = match kind.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
            _ => kind,
        };
        short.eq_ignore_ascii_case("at+jwt")
            || (self == Self::PlainJwt && short.eq_ignore_ascii_case("JWT"))
    }
}

impl fmt::Display for TokenProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessToken => "access token (RFC 9068)",
            Self::PlainJwt => "plain JWT (RFC 7519)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TokenProfile::{AccessToken, PlainJwt};

    #[test]
    fn a_type_is_that_of_the_profile() {
        for good in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
            assert!(AccessToken.admits_type(Some(good)), "{good}");
            assert!(PlainJwt.admits_type(Some(good)), "{good}");
        }
        for plain in ["JWT", "jwt", "application/jwt", "Application/JWT"] {
            assert!(!AccessToken.admits_type(Some(plain)), "{plain}");
            assert!(PlainJwt.admits_type(Some(plain)), "{plain}");
        }
        assert!(!AccessToken.admits_type(None) && PlainJwt.admits_type(None));
        for bad in [
            "",
            "JOSE",
            "dpop+jwt",
            "refresh+jwt",
            "id+jwt",
            "application/",
            "jwt ",
            "at+jwt ",
            "text/jwt",
            "text/at+jwt",
            "application/application/at+jwt",
            "at+jwt+jwt",
        ] {
            assert!(!AccessToken.admits_type(Some(bad)), "{bad}");
            assert!(!PlainJwt.admits_type(Some(bad)), "{bad}");
        }
    }
}
