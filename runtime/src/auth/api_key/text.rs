//! The key, as its owner has it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use super::{super::digest::SecretDigest, record::ApiKeyRecord};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH: usize = 12;
/// 62^43 is a little more than 2^256.
const SECRET_LENGTH: usize = 43;
/// 62^6 is more than 2^32.
const CHECK_LENGTH: usize = 6;
const MAX_PREFIX_LENGTH: usize = 24;

/// An API key: `acme_4fT0kS92mQxZ_` and 49 more letters and digits.
///
/// `Debug` prints its public id alone.
///
/// ```
/// use palisade::auth::ApiKey;
/// use secrecy::ExposeSecret;
///
/// let key = ApiKey::generate("acme_live")?;
/// // Shown to its owner once, now; stored is the record.
/// let shown = key.text().expose_secret();
/// assert!(shown.starts_with("acme_live_"));
/// let record = key.record("ada").scopes(["items:read"]);
/// assert_eq!(record.id(), key.id());
/// # Ok::<(), palisade::auth::ApiKeyError>(())
/// ```
#[derive(Clone)]
pub struct ApiKey {
    text: SecretString,
    prefix_length: usize,
}

impl ApiKey {
    /// Makes a key with this prefix: small letters, digits and single underscores, 24 at most,
    /// which name the service.
    ///
    /// # Errors
    ///
    /// An invalid prefix, or no random bits.
    pub fn generate(prefix: &str) -> Result<Self, ApiKeyError> {
        if !is_prefix(prefix) {
            return Err(ApiKeyError::Prefix);
        }
        // It never grows: a grown text leaves a copy of the secret behind.
        let length = prefix.len() + 2 + ID_LENGTH + SECRET_LENGTH + CHECK_LENGTH;
        let mut text = String::with_capacity(length);
        text.push_str(prefix);
        text.push('_');
        push_random(&mut text, ID_LENGTH)?;
        text.push('_');
        push_random(&mut text, SECRET_LENGTH)?;
        let check = check(text.as_bytes());
        text.push_str(&check);
        Ok(Self { text: SecretString::from(text), prefix_length: prefix.len() })
    }

    /// Parses a string in the form of a key with a valid check. Only a store knows whether the key
    /// exists.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, tail) = text.rsplit_once('_')?;
        let (prefix, id) = head.rsplit_once('_')?;
        let is_word = |word: &str, length| {
            word.len() == length && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !is_prefix(prefix)
            || !is_word(id, ID_LENGTH)
            || !is_word(tail, SECRET_LENGTH + CHECK_LENGTH)
        {
            return None;
        }
        let (body, found) = text.split_at_checked(text.len().checked_sub(CHECK_LENGTH)?)?;
        (check(body.as_bytes()) == found)
            .then(|| Self { text: SecretString::from(text), prefix_length: prefix.len() })
    }

    /// The whole key. Show it to its owner when it is made, and never again.
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    /// The public id: the key of the lookup in a store, and what an owner sees in a list.
    pub fn id(&self) -> &str {
        let start = self.prefix_length + 1;
        self.text.expose_secret().get(start..start + ID_LENGTH).unwrap_or_default()
    }

    /// The prefix.
    pub fn prefix(&self) -> &str {
        self.text.expose_secret().get(..self.prefix_length).unwrap_or_default()
    }

    /// The record of it for a store: for this owner, without scopes, without an end.
    pub fn record(&self, owner: impl Into<String>) -> ApiKeyRecord {
        ApiKeyRecord::new(self.id(), self.digest(), owner.into())
    }

    pub(super) fn digest(&self) -> SecretDigest {
        SecretDigest::of(self.text.expose_secret().as_bytes())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiKey").field(&self.id()).finish()
    }
}

pub(super) fn is_prefix(prefix: &str) -> bool {
    prefix.len() <= MAX_PREFIX_LENGTH
        && prefix.starts_with(|c: char| c.is_ascii_lowercase())
        && prefix.split('_').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

fn push_random(text: &mut String, mut count: usize) -> Result<(), ApiKeyError> {
    let mut bytes = Zeroizing::new([0; 64]);
    while count > 0 {
        aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| ApiKeyError::Random)?;
        // 248 is four times 62: above it, some letters would come more often than others.
        for byte in bytes.iter().filter(|byte| **byte < 248).take(count) {
            if let Some(letter) = ALPHABET.get(usize::from(byte % 62)) {
                text.push(char::from(*letter));
                count -= 1;
            }
        }
    }
    Ok(())
}

/// CRC-32 (IEEE 802.3) in base 62. It detects typing errors and confirms a find of a scanner; it
/// does not protect from forgery, which the digest does.
fn check(text: &[u8]) -> String {
    let mut crc = u32::MAX;
    for byte in text {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc;
    let mut letters = ['0'; CHECK_LENGTH];
    for letter in letters.iter_mut().rev() {
        let digit = usize::try_from(rest % 62).unwrap_or(0);
        *letter = ALPHABET.get(digit).copied().map_or('0', char::from);
        rest /= 62;
    }
    letters.iter().collect()
}

/// An API key that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// The prefix is not of small letters, digits and single underscores, or too long.
    Prefix,
    /// No random bits are available.
    Random,
}

impl fmt::Display for ApiKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => {
                "a prefix is 1 to 24 small letters, digits and single underscores, like acme_live"
            }
            Self::Random => "no random bits to be had",
        })
    }
}

impl std::error::Error for ApiKeyError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::{ApiKey, ApiKeyError, CHECK_LENGTH, check};

    #[test]
    fn a_made_key_is_read_again() {
        for prefix in ["acme", "acme_live", "a1"] {
            let key = ApiKey::generate(prefix).unwrap();
            let text = key.text().expose_secret();
            assert_eq!(text.len(), prefix.len() + 63);
            let read = ApiKey::parse(text).unwrap();
            assert_eq!((read.id(), read.prefix()), (key.id(), prefix));
            assert!(read.digest().is(&key.digest()));
            assert_eq!(format!("{key:?}"), format!("ApiKey({:?})", key.id()));
        }
        assert_ne!(ApiKey::generate("a").unwrap().id(), ApiKey::generate("a").unwrap().id());
    }

    #[test]
    fn prefixes_are_words() {
        for bad in ["", "Acme", "acme_", "_acme", "a__b", "a-b", "1a", &"a".repeat(25)] {
            assert_eq!(ApiKey::generate(bad).unwrap_err(), ApiKeyError::Prefix, "{bad}");
        }
    }

    /// A record belongs to one prefix: the same id and secret under another one are another key.
    #[test]
    fn the_digest_is_of_the_prefix_too() {
        let key = ApiKey::generate("acme_live").unwrap();
        let text = key.text().expose_secret().strip_prefix("acme_live").unwrap();
        let body = format!("acme_test{}", &text[..text.len() - CHECK_LENGTH]);
        let other = ApiKey::parse(&format!("{body}{}", check(body.as_bytes()))).unwrap();
        assert_eq!(other.id(), key.id());
        assert!(!other.digest().is(&key.digest()));
    }

    #[test]
    fn the_check_is_crc32() {
        // The check value of the catalogue, 0xCBF43926, in base 62.
        assert_eq!(check(b"123456789"), "3jZRME");
    }

    proptest! {
        #[test]
        fn one_changed_letter_is_found(at in 0_usize..67, letter in "[0-9A-Za-z_]") {
            let key = ApiKey::generate("acme").unwrap();
            let mut text = key.text().expose_secret().to_owned();
            text.replace_range(at..=at, &letter);
            let same = text == key.text().expose_secret();
            prop_assert_eq!(ApiKey::parse(&text).is_some(), same);
        }

        #[test]
        fn nothing_makes_it_panic(text in ".{0,90}") {
            let _read = ApiKey::parse(&text);
        }
    }
}
