//! The header of a token, which is read before anything is proved.

use std::str;

use super::{
    compact::decode_into,
    json::{Members, Value, read_object},
    refusal::TokenRefusal,
};

/// Encoded. A header names an algorithm, a type and a key; certificates have no place in it here.
const MAX_LENGTH: usize = 2048;
const MAX_DECODED: usize = MAX_LENGTH / 4 * 3;

/// More than any issuer's key ids, and little enough to compare with every key.
const MAX_KEY_ID_LENGTH: usize = 128;

/// What a header may decide: which of our own keys to try.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: String,
    pub(super) key_id: Option<String>,
}

impl Header {
    pub(super) fn read(encoded: &str) -> Result<Self, TokenRefusal> {
        if encoded.len() > MAX_LENGTH {
            return Err(TokenRefusal::TooLong);
        }
        let mut buffer = [0; MAX_DECODED];
        let json =
            str::from_utf8(decode_into(encoded, &mut buffer)?).map_err(|_| TokenRefusal::Header)?;
        let fields: Fields<'_> = read_object(json).map_err(|_| TokenRefusal::Header)?;
        fields.check()
    }
}

#[derive(Default)]
struct Fields<'a> {
    algorithm: Value<'a>,
    key_id: Value<'a>,
    kind: Value<'a>,
    critical: Value<'a>,
    forbidden: Value<'a>,
}

impl<'a> Members<'a> for Fields<'a> {
    fn slot(&mut self, name: &str) -> Option<&mut Value<'a>> {
        Some(match name {
            "alg" => &mut self.algorithm,
            "kid" => &mut self.key_id,
            "typ" => &mut self.kind,
            "crit" => &mut self.critical,
            // Keys and the way to keys are never taken from a token (RFC 8725 section 3.10); the
            // others change what the payload is, which no verifier of ours would follow.
            "jku" | "jwk" | "x5u" | "x5c" | "b64" | "zip" | "enc" | "cty" => &mut self.forbidden,
            _ => return None,
        })
    }
}

impl Fields<'_> {
    fn check(self) -> Result<Header, TokenRefusal> {
        if self.critical != Value::Absent {
            // We understand no extension, so every critical one is unknown (RFC 7515 4.1.11).
            return Err(TokenRefusal::Critical);
        }
        if self.forbidden != Value::Absent {
            return Err(TokenRefusal::ForbiddenMember);
        }
        match self.kind {
            Value::Absent => {}
            Value::Text(kind) if is_admitted_type(&kind) => {}
            Value::Text(_) | Value::Whole(_) | Value::Texts(_) | Value::Other => {
                return Err(TokenRefusal::Type);
            }
        }
        let Value::Text(algorithm) = self.algorithm else {
            return Err(TokenRefusal::Algorithm);
        };
        let key_id = match self.key_id {
            Value::Absent => None,
            Value::Text(id) if !id.is_empty() && id.len() <= MAX_KEY_ID_LENGTH => {
                Some(id.into_owned())
            }
            Value::Text(_) | Value::Whole(_) | Value::Texts(_) | Value::Other => {
                return Err(TokenRefusal::KeyId);
            }
        };
        Ok(Header { algorithm: algorithm.into_owned(), key_id })
    }
}

/// RFC 9068 section 4 and RFC 7519 section 5.1; media types compare without regard to case, and
/// may leave `application/` out (RFC 7515 section 4.1.9).
fn is_admitted_type(kind: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match kind.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => kind,
    };
    short.eq_ignore_ascii_case("JWT") || short.eq_ignore_ascii_case("at+jwt")
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::{Header, MAX_KEY_ID_LENGTH, MAX_LENGTH, TokenRefusal, is_admitted_type};

    fn read(json: &str) -> Result<Header, TokenRefusal> {
        Header::read(&URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn the_types_of_access_tokens_are_admitted() {
        for good in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"] {
            assert!(is_admitted_type(good), "{good}");
        }
        for bad in ["", "JOSE", "dpop+jwt", "refresh+jwt", "application/", "jwt ", "text/jwt"] {
            assert!(!is_admitted_type(bad), "{bad}");
        }
    }

    #[test]
    fn each_member_has_its_own_refusal() {
        for (json, refusal) in [
            (r#"{"typ":"JWT"}"#, TokenRefusal::Algorithm),
            (r#"{"alg":["HS256"]}"#, TokenRefusal::Algorithm),
            (r#"{"alg":"HS256","crit":[]}"#, TokenRefusal::Critical),
            (r#"{"alg":"HS256","crit":null}"#, TokenRefusal::Critical),
            (r#"{"alg":"HS256","jku":"https://x"}"#, TokenRefusal::ForbiddenMember),
            (r#"{"alg":"HS256","b64":false}"#, TokenRefusal::ForbiddenMember),
            (r#"{"alg":"HS256","typ":null}"#, TokenRefusal::Type),
            (r#"{"alg":"HS256","kid":""}"#, TokenRefusal::KeyId),
            (r#"{"alg":"HS256","kid":1}"#, TokenRefusal::KeyId),
            (r#"{"alg":"HS256","alg":"HS256"}"#, TokenRefusal::Header),
            (r#"{"alg":"HS256"} x"#, TokenRefusal::Header),
        ] {
            assert_eq!(read(json).unwrap_err(), refusal, "{json}");
        }
        // RFC 7515's own example breaks its header over two lines.
        assert_eq!(read("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}").unwrap().algorithm, "HS256");
    }

    #[test]
    fn lengths_are_capped() {
        let kid = |n: usize| format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "k".repeat(n));
        assert!(read(&kid(MAX_KEY_ID_LENGTH)).is_ok());
        assert_eq!(read(&kid(MAX_KEY_ID_LENGTH + 1)).unwrap_err(), TokenRefusal::KeyId);
        let long = "A".repeat(MAX_LENGTH + 1);
        assert_eq!(Header::read(&long).unwrap_err(), TokenRefusal::TooLong);
        assert_eq!(Header::read(&long[1..]).unwrap_err(), TokenRefusal::Header);
    }
}
