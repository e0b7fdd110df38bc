//! The secret in the cookie.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::zeroize::Zeroizing;

use crate::{Problem, auth::SecretDigest};

const BYTES: usize = 32;

/// 256 random bits, 43 characters of base64url in the cookie.
pub(super) struct SessionId(Zeroizing<[u8; BYTES]>);

impl SessionId {
    pub(super) fn generate() -> Result<Self, Problem> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        aws_lc_rs::rand::fill(bytes.as_mut_slice())
            .map_err(|_| Problem::internal("the system gives no random numbers"))?;
        Ok(Self(bytes))
    }

    /// An id as it was written; there is one way to write each.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut_slice()).ok()?;
        (length == BYTES).then_some(Self(bytes))
    }

    pub(super) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    pub(super) fn digest(&self) -> SecretDigest {
        SecretDigest::of(self.0.as_slice())
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::SessionId;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        let id = SessionId::generate().unwrap();
        let text = id.text();
        assert_eq!(text.len(), 43);
        assert!(SessionId::parse(&text).unwrap().digest().is(&id.digest()));
        assert!(!SessionId::generate().unwrap().digest().is(&id.digest()));
        assert_eq!(format!("{id:?}"), "SessionId(..)");
    }

    proptest! {
        #[test]
        fn no_changed_text_is_the_same_id(at in 0_usize..43, other in "[A-Za-z0-9_-]") {
            let id = SessionId::generate().unwrap();
            let mut text = id.text().to_string();
            prop_assume!(text.get(at..=at) != Some(other.as_str()));
            text.replace_range(at..=at, &other);
            let parsed = SessionId::parse(&text);
            prop_assert!(parsed.is_none_or(|parsed| !parsed.digest().is(&id.digest())));
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}") {
            let _ = SessionId::parse(&text);
        }
    }
}
