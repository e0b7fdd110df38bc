//! The nonce of an answer.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::Problem;

const BYTES: usize = 16;
const LENGTH: usize = 22;

/// Marks the scripts and styles of one page as the service's own: 128 random bits, as 22 characters
/// of base64url.
///
/// An argument of a handler, which passes it to its template. It is made when the handler takes it,
/// and is in the `Content-Security-Policy` of this answer alone, where the policy has `{nonce}`. An
/// answer with a nonce is never cached: an attacker who injects markup would know a nonce that is
/// sent twice.
///
/// It goes into an attribute of the page and nowhere else.
///
/// ```
/// use palisade::{Nonce, prelude::*};
///
/// #[get("/")]
/// #[public]
/// async fn page(nonce: Nonce) -> String {
///     format!("<script nonce=\"{nonce}\">..")
/// }
/// ```
///
/// Content Security Policy Level 3, section 8.1.
#[derive(Clone, PartialEq, Eq)]
pub struct Nonce([u8; LENGTH]);

impl Nonce {
    /// A new nonce; 500 if the system has no random bits, because a guessable nonce does not
    /// protect.
    pub(crate) fn generate() -> Result<Self, Problem> {
        let mut bytes = [0; BYTES];
        let mut text = [0; LENGTH];
        let filled = aws_lc_rs::rand::fill(&mut bytes).is_ok();
        match URL_SAFE_NO_PAD.encode_slice(bytes, &mut text) {
            Ok(LENGTH) if filled => Ok(Self(text)),
            _ => Err(Problem::internal("no random bits to be had for a nonce")),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Base64 is ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

#[cfg(feature = "maud")]
impl maud::Render for Nonce {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(self.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::Nonce;

    #[test]
    fn nonces_are_their_own() {
        let (one, other) = (Nonce::generate().unwrap(), Nonce::generate().unwrap());
        assert_ne!(one, other);
        for nonce in [one, other] {
            assert_eq!(nonce.as_str().len(), 22);
            let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            assert!(nonce.as_str().bytes().all(fits), "{nonce}");
            assert_eq!(format!("{nonce:?}"), "Nonce(..)");
        }
    }
}
