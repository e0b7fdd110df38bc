//! Secrets that can be guessed.

/// Why a secret is weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It is one of the texts that documentation and examples have in the place of a secret.
    Default,
    /// It has fewer than 12 characters, or fewer than 5 different ones.
    Short,
}

/// What stands in the place of a secret in examples, compared without case, blanks and signs.
const DEFAULTS: [&str; 36] = [
    "admin",
    "administrator",
    "changeit",
    "changeme",
    "changethis",
    "default",
    "demo",
    "development",
    "dummy",
    "example",
    "examplepassword",
    "hunter2",
    "insecure",
    "letmein",
    "mypassword",
    "mysecretpassword",
    "mysql",
    "notsecure",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "postgres",
    "qwerty",
    "redis",
    "replaceme",
    "root",
    "s3cret",
    "secret",
    "secretkey",
    "supersecret",
    "test",
    "todo",
    "verysecret",
    "yourpassword",
    "yoursecret",
];

/// What generated placeholders begin with. Django's is in the settings of every new project.
const PREFIXES: [&str; 3] = ["djangoinsecure", "changeme", "replaceme"];

/// NIST SP 800-63B asks for 8 characters of what a person remembers; a machine remembers more.
const SHORTEST: usize = 12;
const FEWEST_DIFFERENT: usize = 5;

/// Why a secret is weak; `None` where nothing speaks against it.
///
/// ```
/// use palisade_web::deploy::{Weakness, weakness};
///
/// assert_eq!(weakness("Change-Me"), Some(Weakness::Default));
/// assert_eq!(weakness("k9!xQ"), Some(Weakness::Short));
/// assert_eq!(weakness("mB4kT8uZr2xVq7Lp"), None);
/// ```
pub fn weakness(secret: &str) -> Option<Weakness> {
    let plain: String = secret
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let is_digits = secret.starts_with("123") && secret.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits
        || DEFAULTS.contains(&plain.as_str())
        || PREFIXES.iter().any(|prefix| plain.starts_with(prefix))
    {
        return Some(Weakness::Default);
    }
    let mut different: Vec<char> = secret.chars().collect();
    let length = different.len();
    different.sort_unstable();
    different.dedup();
    (length < SHORTEST || different.len() < FEWEST_DIFFERENT).then_some(Weakness::Short)
}

#[cfg(test)]
mod tests {
    use super::{DEFAULTS, Weakness, weakness};

    #[test]
    fn texts_of_examples_are_known_however_they_are_written() {
        for text in ["changeme", "CHANGE_ME", "password", "Secret!", "123456", "1234567890123"] {
            assert_eq!(weakness(text), Some(Weakness::Default), "{text}");
        }
        assert_eq!(weakness("django-insecure-8x!k2v0q"), Some(Weakness::Default));
        for text in DEFAULTS {
            assert_eq!(weakness(text), Some(Weakness::Default), "{text}");
        }
    }

    #[test]
    fn a_short_or_uniform_secret_is_weak_and_a_random_one_is_not() {
        for text in ["", "k9xQ", "k9xQk9xQk9x", "aaaaaaaaaaaaaaaa", "abababababababab"] {
            assert_eq!(weakness(text), Some(Weakness::Short), "{text}");
        }
        for text in ["correct horse battery", "mB4kT8uZr2xV", "e3b0c44298fc1c149afbf4c8996fb924"] {
            assert_eq!(weakness(text), None, "{text}");
        }
    }
}
