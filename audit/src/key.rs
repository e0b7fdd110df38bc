//! The key of a chain.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The shortest key, in bytes.
pub const LEAST_KEY: usize = 32;

/// A secret that lines are authenticated with.
#[derive(Clone)]
pub struct Key(Zeroizing<Vec<u8>>);

/// The key has fewer than [`LEAST_KEY`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTooShort;

impl Key {
    /// A key of at least [`LEAST_KEY`] random bytes.
    ///
    /// # Errors
    ///
    /// A shorter one.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyTooShort> {
        if bytes.len() < LEAST_KEY {
            return Err(KeyTooShort);
        }
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// `what` keeps the codes of lines and of heads apart.
    pub(crate) fn sign(&self, what: &str, text: &str) -> String {
        self.mac(what, text).map_or_else(String::new, |mac| hex(&mac.finalize().into_bytes()))
    }

    /// Whether this is the code of the text.
    pub(crate) fn has_signed(&self, what: &str, text: &str, code: &str) -> bool {
        let (Some(mac), Some(code)) = (self.mac(what, text), unhex(code)) else { return false };
        mac.verify_slice(&code).is_ok()
    }

    fn mac(&self, what: &str, text: &str) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(what.as_bytes());
        mac.update(b"\n");
        mac.update(text.as_bytes());
        Some(mac)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl fmt::Display for KeyTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a key of an audit file has at least {LEAST_KEY} random bytes")
    }
}

impl std::error::Error for KeyTooShort {}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((high << 4) | low),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}
