//! The name of a stored file.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    Problem,
    input::{
        Bounded, Input, MapKey, PathInput, Report,
        private::{Checked, FieldType, InputSeal, InputWire, input_seal},
        text_schema,
    },
};

/// 128 random bits, as 32 lower-case hexadecimal digits: the only name that a stored file has.
///
/// It is not a path, has one spelling, and cannot be guessed. It is not a permission by itself: the
/// endpoint decides who may load a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(u128);

/// The string is not an [`UploadId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnUploadId;

const DIGITS: usize = 32;

impl UploadId {
    /// A new id.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn generate() -> Result<Self, Problem> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| Problem::internal("the system gives no random numbers"))?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }

    /// Parses an id; there is one spelling of each.
    ///
    /// # Errors
    ///
    /// [`NotAnUploadId`] for any other string.
    pub fn parse(text: &str) -> Result<Self, NotAnUploadId> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != DIGITS || !text.bytes().all(is_digit) {
            return Err(NotAnUploadId);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| NotAnUploadId)
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for NotAnUploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not 32 lower-case hexadecimal digits")
    }
}

impl std::error::Error for NotAnUploadId {}

impl Serialize for UploadId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UploadId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = UploadId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("32 lower-case hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        UploadId::parse(text)
            .map_err(|_| E::invalid_value(de::Unexpected::Other("another text"), &self))
    }
}

impl FieldType for UploadId {
    const FIELD_SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = true;

    fn wire() -> InputWire {
        InputWire::single::<Self>()
            .shown(|| text_schema(Some((DIGITS, DIGITS)), Some("^[0-9a-f]{32}$")))
    }
}

impl Bounded for UploadId {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl MapKey for UploadId {
    const KEY_SEAL: InputSeal = input_seal();
}

impl Input for UploadId {
    const SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = true;

    // The type is the rule.
    fn check(&self, _: &mut Report) -> Checked {
        Checked::new()
    }
}

impl PathInput for UploadId {
    const PATH_SEAL: InputSeal = input_seal();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::UploadId;

    #[test]
    fn ids_differ() {
        let (a, b) = (UploadId::generate().unwrap(), UploadId::generate().unwrap());
        assert_ne!(a, b);
    }

    proptest! {
        #[test]
        fn an_id_has_one_spelling(bits in any::<u128>()) {
            let text = UploadId(bits).to_string();
            prop_assert_eq!(UploadId::parse(&text), Ok(UploadId(bits)));
            prop_assert!(text == text.to_uppercase() || UploadId::parse(&text.to_uppercase()).is_err());
        }

        #[test]
        fn whatever_else_is_no_id(text in "\\PC{0,40}") {
            let shape = text.len() == 32 && text.bytes().all(|b| b"0123456789abcdef".contains(&b));
            prop_assert_eq!(UploadId::parse(&text).is_ok(), shape);
        }
    }
}
