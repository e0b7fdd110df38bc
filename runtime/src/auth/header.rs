//! The header of a token, which is read before anything is verified.

use std::str;

use super::{
    compact::decode_into,
    json::{Members, Value, read_object},
    profile::TokenProfile,
    refusal::TokenRefusal,
};

/// The maximum length, encoded. A header names an algorithm, a type and a key; certificates are not
/// accepted in it.
const MAX_LENGTH: usize = 2048;
const MAX_DECODED: usize = MAX_LENGTH / 4 * 3;

/// Longer than any issuer's key ids, and short enough to compare with every key.
const MAX_KEY_ID_LENGTH: usize = 128;

/// What a header may decide: which of the service's keys to try.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: String,
    pub(super) key_id: Option<String>,
}

impl Header {
    pub(super) fn read(encoded: &str, profile: TokenProfile) -> Result<Self, TokenRefusal> {
        if encoded.len() > MAX_LENGTH {
            return Err(TokenRefusal::TooLong);
        }
        let mut buffer = [0; MAX_DECODED];
        let json =
            str::from_utf8(decode_into(encoded, &mut buffer)?).map_err(|_| TokenRefusal::Header)?;
        let fields: Fields<'_> = read_object(json).map_err(|_| TokenRefusal::Header)?;
        fields.check(profile)
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
    fn check(self, profile: TokenProfile) -> Result<Header, TokenRefusal> {
        if self.critical != Value::Absent {
            // We understand no extension, so every critical one is unknown (RFC 7515 4.1.11).
            return Err(TokenRefusal::Critical);
        }
        if self.forbidden != Value::Absent {
            return Err(TokenRefusal::ForbiddenMember);
        }
        let is_admitted = match &self.kind {
            Value::Absent => profile.admits_type(None),
            Value::Text(kind) => profile.admits_type(Some(kind)),
            Value::Whole(_) | Value::Texts(_) | Value::Other => false,
        };
        if !is_admitted {
            return Err(TokenRefusal::Type);
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

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::{Header, MAX_KEY_ID_LENGTH, MAX_LENGTH, TokenProfile, TokenRefusal};

    fn read(json: &str) -> Result<Header, TokenRefusal> {
        Header::read(&URL_SAFE_NO_PAD.encode(json), TokenProfile::PlainJwt)
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
        let plain = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let strict = Header::read(&plain, TokenProfile::AccessToken);
        assert_eq!(strict.unwrap_err(), TokenRefusal::Type);
        // RFC 7515's own example breaks its header over two lines.
        assert_eq!(read("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}").unwrap().algorithm, "HS256");
    }

    #[test]
    fn lengths_are_capped() {
        let kid = |n: usize| format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "k".repeat(n));
        assert!(read(&kid(MAX_KEY_ID_LENGTH)).is_ok());
        assert_eq!(read(&kid(MAX_KEY_ID_LENGTH + 1)).unwrap_err(), TokenRefusal::KeyId);
        let long = "A".repeat(MAX_LENGTH + 1);
        let read = |text: &str| Header::read(text, TokenProfile::default()).unwrap_err();
        assert_eq!(read(&long), TokenRefusal::TooLong);
        assert_eq!(read(&long[1..]), TokenRefusal::Header);
    }
}
