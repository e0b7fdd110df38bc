//! The refresh token of a client.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Deserializer, de};

use super::family::FamilyId;
use crate::{
    auth::SecretDigest,
    input::{
        Bounded, Report,
        private::{Checked, FieldType, Input, InputNamedFit, InputSeal, InputWire, input_seal},
        text_schema,
    },
};

/// Marks the kind of secret, so that a scanner finds a leaked one.
const PREFIX: &str = "prt_";
const FAMILY_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
const BYTES: usize = FAMILY_BYTES + SECRET_BYTES;
/// 48 bytes in base64url: a multiple of three, so that no bit is unused and could vary.
const LENGTH: usize = PREFIX.len() + BYTES / 3 * 4;

/// A refresh token: `prt_` and 64 characters of base64url.
///
/// 128 random bits identify the family of tokens of one login, 256 are this token's own. A store
/// has only their SHA-256 digests: random bits need no slow hash.
///
/// It is an input type with a built-in limit; `Debug` does not print it.
///
/// ```
/// use palisade::issue::RefreshToken;
///
/// assert!(serde_json::from_str::<RefreshToken>("\"a.b.c\"").is_err());
/// ```
#[derive(Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// Parses a string in the form of a refresh token. Only the store knows whether the token
    /// exists.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        if text.len() != LENGTH
            || Zeroizing::new(URL_SAFE_NO_PAD.decode(digits).ok()?).len() != BYTES
        {
            return None;
        }
        Some(Self(SecretString::from(text)))
    }

    /// A new token, in this family or in a new one.
    pub(super) fn generate(family: Option<&Self>) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        aws_lc_rs::rand::fill(&mut *bytes).ok()?;
        if let Some(family) = family {
            let named = family.bytes();
            bytes.get_mut(..FAMILY_BYTES)?.copy_from_slice(named.get(..FAMILY_BYTES)?);
        }
        let mut text = String::with_capacity(LENGTH);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(bytes.as_slice(), &mut text);
        Some(Self(SecretString::from(text)))
    }

    pub(super) fn family(&self) -> FamilyId {
        let bytes = self.bytes();
        FamilyId::from(SecretDigest::of(bytes.get(..FAMILY_BYTES).unwrap_or_default()))
    }

    /// Of family and secret: a secret is never valid in another family.
    pub(super) fn digest(&self) -> SecretDigest {
        SecretDigest::of(&self.bytes())
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let digits = self.expose().strip_prefix(PREFIX).unwrap_or_default();
        Zeroizing::new(URL_SAFE_NO_PAD.decode(digits).unwrap_or_default())
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

impl<'de> Deserialize<'de> for RefreshToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = RefreshToken;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a refresh token")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        RefreshToken::parse(text)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Other("another text"), &self))
    }
}

impl FieldType for RefreshToken {
    const FIELD_SEAL: InputSeal = input_seal();
    const TEXT: bool = true;
    const NAMED: InputNamedFit = InputNamedFit::One;

    fn wire() -> InputWire {
        InputWire::single::<Self>().shown(|| text_schema(Some((LENGTH, LENGTH)), None))
    }
}

impl Bounded for RefreshToken {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl Input for RefreshToken {
    const SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = false;

    // The type itself is the rule.
    fn check(&self, _: &mut Report) -> Checked {
        Checked::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LENGTH, RefreshToken};

    #[test]
    fn a_family_is_kept_and_the_secret_is_not() {
        let first = RefreshToken::generate(None).unwrap();
        let second = RefreshToken::generate(Some(&first)).unwrap();
        let stranger = RefreshToken::generate(None).unwrap();
        assert_eq!(first.expose().len(), LENGTH);
        assert_eq!(first.family().as_str(), second.family().as_str());
        assert_ne!(first.family().as_str(), stranger.family().as_str());
        assert!(!first.digest().is(&second.digest()));
        let read = RefreshToken::parse(first.expose()).unwrap();
        assert!(read.digest().is(&first.digest()));
        assert_eq!(format!("{first:?}"), "RefreshToken(..)");
    }

    #[test]
    fn other_texts_are_no_refresh_tokens() {
        let token = RefreshToken::generate(None).unwrap();
        let text = token.expose();
        let dotted = text.replace('_', ".");
        let padded = format!("{text}=");
        let (short, foreign) = (&text[..text.len() - 1], text.replacen("prt_", "prx_", 1));
        for bad in ["", "prt_", "a.b.c", short, &padded, &dotted, &foreign, &format!("{text}A")] {
            assert!(RefreshToken::parse(bad).is_none(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_changed_token_has_the_digest_of_another(at in 4..LENGTH, letter in "[A-Za-z0-9_-]") {
            let token = RefreshToken::generate(None).unwrap();
            let mut text = token.expose().to_owned();
            text.replace_range(at..=at, &letter);
            let same = text == token.expose();
            let changed = RefreshToken::parse(&text).unwrap();
            prop_assert_eq!(changed.digest().is(&token.digest()), same);
        }
    }
}
