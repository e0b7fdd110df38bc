//! A password from a request.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};

use crate::input::{
    Bounded, Report,
    private::{Checked, FieldType, Input, InputNamedFit, InputSeal, InputWire, input_seal},
};

/// A password of 8 to 128 characters (Unicode scalar values; NIST SP 800-63B requires a minimum of
/// 8 and a maximum of at least 64).
///
/// It is an input type with a built-in limit. It is wiped when it is dropped, `Debug` does not
/// print it, and it can be neither cloned nor serialized. The body that contained it is not wiped.
///
/// ```
/// use palisade::password::Password;
///
/// assert!(Password::new("correct horse".to_owned()).is_some());
/// assert!(Password::new("short".to_owned()).is_none());
/// assert!(serde_json::from_str::<Password>("\"short\"").is_err());
/// ```
pub struct Password(SecretString);

impl Password {
    /// The fewest characters of a password.
    pub const MIN: usize = 8;
    /// The most characters of a password.
    pub const MAX: usize = 128;

    /// Accepts a string as a password; `None` if it is too short or too long.
    pub fn new(text: String) -> Option<Self> {
        let text = SecretString::from(text);
        Self::fits(text.expose_secret()).then_some(Self(text))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text().as_bytes()
    }

    pub(super) fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// A copy, for the thread that hashes it.
    pub(super) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    fn fits(text: &str) -> bool {
        // Counting stops early: the password may be as long as the body.
        let length = text.chars().take(Self::MAX + 1).count();
        (Self::MIN..=Self::MAX).contains(&length)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Password;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a password of {} to {} characters", Password::MIN, Password::MAX)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if Password::fits(text) {
            Ok(Password(SecretString::from(text)))
        } else {
            // Not even the length, which is part of the secret.
            Err(E::invalid_value(de::Unexpected::Other("another text"), &self))
        }
    }
}

impl FieldType for Password {
    const FIELD_SEAL: InputSeal = input_seal();
    const TEXT: bool = true;
    const NAMED: InputNamedFit = InputNamedFit::One;

    fn wire() -> InputWire {
        InputWire::single::<Self>().shown(|| {
            serde_json::json!({
                "type": "string", "format": "password", "minLength": Self::MIN, "maxLength": Self::MAX,
            })
        })
    }
}

impl Bounded for Password {
    const BOUNDED_SEAL: InputSeal = input_seal();
}

impl Input for Password {
    const SEAL: InputSeal = input_seal();
    const PATH_SAFE: bool = false;

    // The type itself is the rule.
    fn check(&self, _: &mut Report) -> Checked {
        Checked::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Password;

    #[test]
    fn length_is_counted_in_characters() {
        for (text, fits) in [
            ("x".repeat(7), false),
            ("x".repeat(8), true),
            ("ä".repeat(8), true),
            ("x".repeat(128), true),
            ("ä".repeat(128), true),
            ("x".repeat(129), false),
            (String::new(), false),
        ] {
            assert_eq!(Password::new(text.clone()).is_some(), fits, "{text}");
            assert_eq!(serde_json::from_value::<Password>(text.clone().into()).is_ok(), fits);
        }
    }

    #[test]
    fn neither_debug_nor_an_error_holds_it() {
        let password = Password::new("correct horse".to_owned()).unwrap();
        assert_eq!(format!("{password:?}"), "Password(..)");
        let error = serde_json::from_str::<Password>("\"hunter2\"").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
