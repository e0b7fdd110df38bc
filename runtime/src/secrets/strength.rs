//! Whether a secret can be guessed.
//!
//! A key that a person made up, or copied from a page of documentation, can be found without breaking
//! anything (CWE-521, CWE-1391, CWE-798). [`strength`] refuses those that are known or that have too little
//! in them; it cannot tell that a text is random.

use std::{collections::BTreeMap, fmt};

use secrecy::{ExposeSecret as _, SecretString};

/// The fewest characters: 32 hexadecimal digits are 128 bits.
pub const SHORTEST: usize = 32;

/// The fewest different characters.
const FEWEST_CHARACTERS: usize = 8;

/// The fewest bits by the frequencies of the characters. 32 random digits have 90 to 103 of them, 32
/// random hexadecimal digits 95 to 125.
const FEWEST_BITS: f64 = 80.0;

/// Words of defaults and of placeholders. What is left of a secret without them has to be long enough.
const WORDS: [&str; 44] = [
    "administrator",
    "administration",
    "placeholder",
    "development",
    "characters",
    "passphrase",
    "production",
    "character",
    "insecure",
    "password",
    "palisade",
    "examples",
    "changeit",
    "changeme",
    "passwort",
    "iloveyou",
    "letmein",
    "example",
    "default",
    "private",
    "service",
    "testing",
    "replace",
    "secrets",
    "changed",
    "welcome",
    "dragon",
    "qwertz",
    "qwerty",
    "azerty",
    "secret",
    "random",
    "change",
    "please",
    "before",
    "token",
    "admin",
    "value",
    "dummy",
    "test",
    "this",
    "your",
    "with",
    "key",
];

/// The secrets of documentation that everybody can read: our own, and those of frameworks whose
/// configuration is carried over.
const PUBLISHED: [&str; 6] = [
    "a-secret-of-32-random-characters",
    "the-32-random-characters-before-",
    "correct horse battery staple correct horse battery staple",
    "your-256-bit-secret-your-256-bit-secret",
    "0123456789abcdef0123456789abcdef",
    "00112233445566778899aabbccddeeff",
];

/// What is wrong with a secret. It does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weakness {
    /// Less than 32 bytes.
    Short,
    /// One character, or a few of them, again and again.
    Repetitive,
    /// Characters in the order of the alphabet, of the digits or of the keyboard.
    Sequence,
    /// Mostly words of defaults and placeholders, such as `changeme`.
    Words,
    /// A secret that stands in documentation.
    Published,
}

/// Judges a secret that keys are made of, such as the one of form tokens.
///
/// Refused is, in this order: less than 32 bytes; a secret of known documentation; less than 8 different
/// characters, a pattern that is repeated, or less than 80 bits by the frequencies of its characters;
/// sequences (`abcdef..`, `qwerty..`); a text that is mostly words of defaults. What
/// `openssl rand -hex 16` or `openssl rand -base64 24` write, or anything longer, is accepted.
///
/// # Errors
///
/// The first [`Weakness`] of these.
///
/// ```
/// use palisade::secrets::{Weakness, strength};
///
/// assert_eq!(strength(&"tK8z6AqW1vR4yLh3Nd0xPmUe9sGcJb5f".into()), Ok(()));
/// assert_eq!(strength(&"hunter2".into()), Err(Weakness::Short));
/// assert_eq!(strength(&"changeme-changeme-changeme-changeme".into()), Err(Weakness::Repetitive));
/// ```
pub fn strength(secret: &SecretString) -> Result<(), Weakness> {
    let secret = secret.expose_secret();
    let bytes = secret.as_bytes();
    if bytes.len() < SHORTEST {
        return Err(Weakness::Short);
    }
    if PUBLISHED.contains(&secret) {
        return Err(Weakness::Published);
    }
    let mut counts = BTreeMap::<u8, u32>::new();
    for byte in bytes {
        *counts.entry(*byte).or_default() += 1;
    }
    if counts.len() < FEWEST_CHARACTERS || is_repeated(bytes) || bits(&counts) < FEWEST_BITS {
        return Err(Weakness::Repetitive);
    }
    let lower = secrecy::zeroize::Zeroizing::new(secret.to_ascii_lowercase());
    if is_sequence(lower.as_bytes()) {
        return Err(Weakness::Sequence);
    }
    let left = without_words(&lower);
    let is_made_of_words = left < SHORTEST / 2 && left * 2 < bytes.len();
    if is_made_of_words { Err(Weakness::Words) } else { Ok(()) }
}

/// A pattern of at most a third of the text, over and over.
fn is_repeated(bytes: &[u8]) -> bool {
    (1..=bytes.len() / 3).any(|period| {
        bytes.iter().zip(bytes.iter().skip(period)).all(|(byte, later)| byte == later)
    })
}

/// Shannon's entropy of the characters, times their number.
fn bits(counts: &BTreeMap<u8, u32>) -> f64 {
    let total: f64 = counts.values().copied().map(f64::from).sum();
    counts.values().copied().map(f64::from).map(|count| -count * (count / total).log2()).sum()
}

/// More than half of the characters stand in runs of four or more, in one direction of the alphabet, of
/// the digits or of a row of the keyboard. In a random text such a run is an exception.
fn is_sequence(bytes: &[u8]) -> bool {
    const SHORTEST_RUN: usize = 4;
    let (mut covered, mut run, mut directions) = (0, 1, 0);
    for (a, b) in bytes.iter().zip(bytes.iter().skip(1)) {
        let here = steps(*a, *b);
        if run > 1 && directions & here != 0 {
            directions &= here;
            run += 1;
            continue;
        }
        covered += if run >= SHORTEST_RUN { run } else { 0 };
        (run, directions) = if here == 0 { (1, 0) } else { (2, here) };
    }
    covered += if run >= SHORTEST_RUN { run } else { 0 };
    covered * 2 > bytes.len()
}

/// The directions in which one character follows another, a bit for each.
fn steps(a: u8, b: u8) -> u8 {
    const ROWS: [&[u8]; 5] =
        [b"qwertyuiop", b"qwertzuiop", b"azertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let has = |pair: [u8; 2]| ROWS.iter().any(|row| row.windows(2).any(|own| own == pair));
    u8::from(a.checked_add(1) == Some(b))
        | u8::from(b.checked_add(1) == Some(a)) << 1
        | u8::from(has([a, b])) << 2
        | u8::from(has([b, a])) << 3
}

/// How many characters are left without the words and without what separates them.
fn without_words(lower: &str) -> usize {
    let mut rest = lower;
    let mut left = 0;
    'next: while !rest.is_empty() {
        for word in WORDS {
            if let Some(behind) = rest.strip_prefix(word) {
                rest = behind;
                continue 'next;
            }
        }
        let mut characters = rest.chars();
        if characters.next().is_some_and(char::is_alphanumeric) {
            left += 1;
        }
        rest = characters.as_str();
    }
    left
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "it is shorter than 32 characters",
            Self::Repetitive => "it repeats a few characters",
            Self::Sequence => "it is a sequence of characters",
            Self::Words => "it is made of well-known words",
            Self::Published => "it is printed in public documentation",
        })?;
        f.write_str(": make one with `openssl rand -hex 32`")
    }
}

impl std::error::Error for Weakness {}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::{PUBLISHED, Weakness, strength};

    #[test]
    fn weak_secrets_are_told_apart() {
        for (secret, weakness) in [
            ("", Weakness::Short),
            ("changeme", Weakness::Short),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Weakness::Repetitive),
            ("0101010101010101010101010101010101010101", Weakness::Repetitive),
            ("hunter2!hunter2!hunter2!hunter2!", Weakness::Repetitive),
            ("abcdefghijklmnopqrstuvwxyz012345", Weakness::Sequence),
            ("9876543210zyxwvutsrqponmlkjihgfe", Weakness::Sequence),
            ("qwertyuiopasdfghjklzxcvbnm123456", Weakness::Sequence),
            ("Please-change-this-secret-key-before-production", Weakness::Words),
            ("ThisIsAnInsecureDefaultPassword-ChangeMe!", Weakness::Words),
            ("my_development_secret_key_please_replace", Weakness::Words),
        ] {
            assert_eq!(strength(&secret.into()), Err(weakness), "{secret}");
        }
        for secret in PUBLISHED {
            assert!(strength(&secret.into()).is_err(), "{secret}");
        }
    }

    #[test]
    fn random_secrets_are_accepted() {
        let mut bytes = [0; 24];
        for _ in 0..5_000 {
            aws_lc_rs::rand::fill(&mut bytes).unwrap();
            let hex: String = bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            let digits: String =
                bytes.iter().chain(&bytes[..8]).map(|byte| char::from(b'0' + byte % 10)).collect();
            for secret in [hex, STANDARD.encode(bytes)] {
                assert_eq!(strength(&secret.as_str().into()), Ok(()), "{secret}");
            }
            // The last eight digits are the first ones again, which is no pattern of the whole.
            assert_ne!(strength(&digits.as_str().into()), Err(Weakness::Words), "{digits}");
        }
    }
}
