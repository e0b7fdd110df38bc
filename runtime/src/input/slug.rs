//! A name that is safe in a path.

use std::{fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    admitted::{Input, PathInput},
    bounded::{Bounded, BoundedByLength, FieldType, MapKey},
    report::Report,
    seal::{Checked, InputSeal, input_seal},
    shown::text as text_schema,
    wire::Wire,
};

/// A name of 1 to 64 characters: lower-case ASCII letters and digits in words joined by single
/// hyphens (`[a-z0-9]+(-[a-z0-9]+)*`).
///
/// Such a name contains no path syntax (`..`, `/`), needs no escaping anywhere, and has one
/// spelling.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// The text is no [`Slug`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASlug;

impl Slug {
    /// The most characters of a slug.
    pub const MAX: usize = 64;

    /// Takes a string that is a slug.
    ///
    /// # Errors
    ///
    /// [`NotASlug`] for any other text.
    pub fn new(text: impl Into<String>) -> Result<Self, NotASlug> {
        let text = text.into();
        if Self::fits(&text) { Ok(Self(text)) } else { Err(NotASlug) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn fits(text: &str) -> bool {
        text.len() <= Self::MAX
            && text.split('-').all(|word| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
    }
}

impl fmt::Display for NotASlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not lower-case words of letters and digits joined by hyphens")
    }
}

impl std::error::Error for NotASlug {}

impl Deref for Slug {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl Serialize for Slug {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Slug;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lower-case words of letters and digits joined by hyphens")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if Slug::fits(text) {
            Ok(Slug(text.to_owned()))
        } else {
            Err(E::invalid_value(de::Unexpected::Other("another text"), &self))
        }
    }
}

impl FieldType for Slug {
    const FIELD_SEAL: InputSeal = input_seal();
    const TEXT: bool = true;
    const PATH_SAFE: bool = true;

    fn wire() -> Wire {
        Wire::single::<Self>()
            .shown(|| text_schema(Some((1, Self::MAX)), Some("^[a-z0-9]+(?:-[a-z0-9]+)*$")))
    }
}

impl Bounded for Slug {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl BoundedByLength for Slug {
    const LENGTH_SEAL: InputSeal = input_seal();
}

impl MapKey for Slug {
    const KEY_SEAL: InputSeal = input_seal();
}

impl Input for Slug {
    const SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = true;

    // The type is the rule.
    fn check(&self, _: &mut Report) -> Checked {
        Checked::new()
    }
}

impl PathInput for Slug {
    const PATH_SEAL: InputSeal = input_seal();
}

impl validator::ValidateLength<u64> for Slug {
    fn length(&self) -> Option<u64> {
        self.0.length()
    }
}

impl validator::ValidateRegex for Slug {
    fn validate_regex(&self, regex: impl validator::AsRegex) -> bool {
        self.0.validate_regex(regex)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Slug;

    #[test]
    fn only_hyphenated_lower_case_words() {
        for good in ["a", "a-1", "blue-green-7", &"x".repeat(64)] {
            assert!(Slug::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "A",
            "a_b",
            "a.b",
            "..",
            "a/b",
            "ä",
            "a\n",
            &"x".repeat(65),
        ] {
            assert!(Slug::new(bad).is_err(), "{bad}");
            assert!(serde_json::from_value::<Slug>(bad.into()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_is_what_its_grammar_says(text in "[a-zA-Z0-9._/ä-]{0,66}|[a-z0-9-]{0,66}|\\PC{0,4}") {
            let word = |word: &str| {
                !word.is_empty() && word.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9'))
            };
            let fits = text.chars().count() <= 64 && text.split('-').all(word);
            prop_assert_eq!(Slug::new(text.as_str()).is_ok(), fits, "{:?}", text);
            let read = serde_json::from_value::<Slug>(text.as_str().into());
            prop_assert_eq!(read.is_ok(), fits, "{:?}", text);
        }
    }
}
