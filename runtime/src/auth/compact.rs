//! The outer form of a token: three base64url parts (RFC 7515 section 3.1).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::refusal::TokenRefusal;

/// A token in its three parts, still encoded.
#[derive(Clone, Copy)]
pub(super) struct Compact<'t> {
    pub(super) header: &'t str,
    pub(super) payload: &'t str,
    pub(super) signature: &'t str,
    /// Header and payload with the dot between them: the signed bytes.
    pub(super) signed: &'t str,
}

impl<'t> Compact<'t> {
    pub(super) fn split(token: &'t str) -> Result<Self, TokenRefusal> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenRefusal::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenRefusal::Form)?;
        // An empty signature is `alg: none` in disguise; no part of ours is ever empty.
        if header.is_empty()
            || payload.is_empty()
            || signature.is_empty()
            || payload.bytes().any(|byte| byte == b'.')
        {
            return Err(TokenRefusal::Form);
        }
        Ok(Self { header, payload, signature, signed })
    }
}

/// Decodes one part. This engine accepts no padding, no other alphabet and no set bits after the
/// last byte, so that one token has exactly one spelling.
pub(super) fn decode(part: &str) -> Result<Vec<u8>, TokenRefusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefusal::Encoding)
}

/// Decodes one part into `buffer` and returns the filled beginning of it.
pub(super) fn decode_into<'b>(part: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], TokenRefusal> {
    let length = URL_SAFE_NO_PAD.decode_slice(part, buffer).map_err(|_| TokenRefusal::Encoding)?;
    buffer.get(..length).ok_or(TokenRefusal::Encoding)
}

#[cfg(test)]
mod tests {
    use super::{Compact, decode};

    #[test]
    fn exactly_three_parts_are_taken() {
        let token = Compact::split("aa.bb.cc").unwrap();
        assert_eq!(
            (token.header, token.payload, token.signature, token.signed),
            ("aa", "bb", "cc", "aa.bb")
        );
        for bad in
            ["", ".", "..", "a", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", ".a.b.c", "a.b.c."]
        {
            assert!(Compact::split(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_value_has_one_spelling() {
        assert_eq!(decode("-_8").unwrap(), [0xfb, 0xff]);
        for bad in ["-_9", "-_8=", "+/8", "-_8 ", " -_8", "-_8\n", "-", "-_8\u{e9}", "-_\08"] {
            assert!(decode(bad).is_err(), "{bad:?}");
        }
    }
}
