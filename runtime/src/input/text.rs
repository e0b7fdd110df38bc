//! A string that carries its bound.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    admitted::Input,
    bounded::{Bounded, BoundedByLength, FieldType, MapKey},
    named::NamedFit,
    report::Report,
    seal::{Checked, InputSeal, input_seal},
    shown::text as text_schema,
    size::check_length,
    wire::Wire,
};

/// A string of at most `MAX` characters.
///
/// It is for positions that an attribute cannot reach: elements of a list, keys and values of a
/// map. Characters are Unicode scalar values, as `#[validate(length(..))]` counts them, so the
/// string has at most four times as many bytes. A longer one is refused before it is copied.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<const MAX: usize>(String);

/// The text has more characters than its type allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextTooLong {
    /// The most characters that are allowed.
    pub max: usize,
}

impl<const MAX: usize> Text<MAX> {
    /// Takes a string of at most `MAX` characters.
    ///
    /// # Errors
    ///
    /// [`TextTooLong`] for a longer text.
    pub fn new(text: impl Into<String>) -> Result<Self, TextTooLong> {
        let text = text.into();
        if Self::fits(&text) { Ok(Self(text)) } else { Err(TextTooLong { max: MAX }) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Overwrites the text.
    pub(super) fn wipe(&mut self) {
        use secrecy::zeroize::Zeroize as _;

        self.0.zeroize();
    }

    fn fits(text: &str) -> bool {
        // The length in bytes answers for most texts without counting.
        text.len() <= MAX || text.chars().nth(MAX).is_none()
    }
}

impl fmt::Display for TextTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text of more than {} characters", self.max)
    }
}

impl std::error::Error for TextTooLong {}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader::<MAX>)
    }
}

struct Reader<const MAX: usize>;

impl<const MAX: usize> de::Visitor<'_> for Reader<MAX> {
    type Value = Text<MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text of at most {MAX} characters")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if Text::<MAX>::fits(text) {
            Ok(Text(text.to_owned()))
        } else {
            Err(E::invalid_length(text.chars().count(), &self))
        }
    }
}

impl<const MAX: usize> FieldType for Text<MAX> {
    const FIELD_SEAL: InputSeal = Self::BOUNDED_SEAL;
    const TEXT: bool = true;
    const NAMED: NamedFit = NamedFit::One;

    fn wire() -> Wire {
        Wire::single::<Self>().shown(|| text_schema(Some((0, MAX)), None))
    }
}

impl<const MAX: usize> Bounded for Text<MAX> {
    const BOUNDED_SEAL: InputSeal = {
        assert!(MAX > 0, "a string of at most 0 characters is always empty");
        check_length(MAX as u64);
        input_seal()
    };
}

impl<const MAX: usize> BoundedByLength for Text<MAX> {
    const LENGTH_SEAL: InputSeal = Self::BOUNDED_SEAL;
}

impl<const MAX: usize> MapKey for Text<MAX> {
    const KEY_SEAL: InputSeal = Self::BOUNDED_SEAL;
}

impl<const MAX: usize> Input for Text<MAX> {
    const SEAL: InputSeal = Self::BOUNDED_SEAL;
    const PATH_SAFE: bool = false;

    // The type is the rule.
    fn check(&self, _: &mut Report) -> Checked {
        Checked::new()
    }
}

impl<const MAX: usize> validator::ValidateLength<u64> for Text<MAX> {
    fn length(&self) -> Option<u64> {
        self.0.length()
    }
}

impl<const MAX: usize> validator::ValidateRegex for Text<MAX> {
    fn validate_regex(&self, regex: impl validator::AsRegex) -> bool {
        self.0.validate_regex(regex)
    }
}

impl<const MAX: usize> validator::ValidateEmail for Text<MAX> {
    fn as_email_string(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl<const MAX: usize> validator::ValidateContains for Text<MAX> {
    fn validate_contains(&self, needle: &str) -> bool {
        self.0.contains(needle)
    }
}

impl<const MAX: usize> validator::ValidateUrl for Text<MAX> {
    fn as_url_string(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(Text::<3>::new("äöü").is_ok());
        assert!(Text::<3>::new("äöüx").is_err());
        assert!(Text::<3>::new("").is_ok());
        assert!(serde_json::from_str::<Text<3>>("\"\\u00e4bc\"").is_ok());
        assert!(serde_json::from_str::<Text<3>>("\"abcd\"").is_err());
        assert!(serde_json::from_str::<Text<3>>("7").is_err());
    }
}
