//! Secrets that the names of variables announce.

use super::Purpose;

/// Settings of palisade that keys are derived from.
const KEYS: [&str; 2] = ["PALISADE_FORM_KEY", "PALISADE_AUDIT_KEY"];

/// What the names of variables with a secret end with.
const ENDINGS: [&str; 6] =
    ["_PASSWORD", "_SECRET", "_TOKEN", "_API_KEY", "_PASSPHRASE", "_SECRET_KEY"];

/// A part of the names of variables that name a file with a secret.
const FILE_WORDS: [&str; 5] = ["KEY", "SECRET", "PASSWORD", "TOKEN", "PASSPHRASE"];

/// What the value of a variable is used for; `None` unless the name says that it is a secret.
pub fn purpose_of_variable(name: &str) -> Option<Purpose> {
    if KEYS.contains(&name) {
        return Some(Purpose::Key);
    }
    ENDINGS.iter().any(|ending| name.ends_with(ending)).then_some(Purpose::Password)
}

/// Whether the value of a variable is the path of a file with a secret: `SHOP_PASSWORD_FILE`.
pub fn names_secret_file(variable: &str) -> bool {
    let words = variable.strip_suffix("_FILE").map(|stem| stem.split('_'));
    words.is_some_and(|mut words| words.any(|word| FILE_WORDS.contains(&word)))
}

#[cfg(test)]
mod tests {
    use super::{Purpose, names_secret_file, purpose_of_variable};

    #[test]
    fn names_of_secrets_are_distinguished_from_others() {
        for (name, purpose) in [
            ("PALISADE_FORM_KEY", Some(Purpose::Key)),
            ("PALISADE_AUDIT_KEY", Some(Purpose::Key)),
            ("SHOP_API_KEY", Some(Purpose::Password)),
            ("POSTGRES_PASSWORD", Some(Purpose::Password)),
            ("PALISADE_AUTH_KEYS", None),
            ("SHOP_NAME", None),
        ] {
            assert_eq!(purpose_of_variable(name), purpose, "{name}");
        }
        assert!(names_secret_file("PALISADE_AUDIT_KEY_FILE"));
        for name in ["SHOP_LOG_FILE", "SHOP_PASSWORD", "SHOP_MONKEY_FILE"] {
            assert!(!names_secret_file(name), "{name}");
        }
    }
}
