//! Text in another charset than UTF-8, as old programs write it: decoded with the declared charset,
//! and inspected and stored in UTF-8.

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::flaw::Flaw;

/// Converts text that comes in pieces to UTF-8.
pub(super) struct ToUtf8(Decoder);

impl ToUtf8 {
    pub(super) fn new(charset: &'static Encoding) -> Self {
        // A byte order mark would be one of UTF-8, in which the text is not.
        Self(charset.new_decoder_without_bom_handling())
    }

    /// The next characters; refuses bytes that are invalid in the charset.
    pub(super) fn convert(&mut self, mut bytes: &[u8], is_last: bool) -> Result<String, Flaw> {
        let mut text = String::new();
        loop {
            let room = self.0.max_utf8_buffer_length_without_replacement(bytes.len());
            text.reserve(room.ok_or(Flaw::Encoding)?);
            let (result, read) =
                self.0.decode_to_string_without_replacement(bytes, &mut text, is_last);
            match result {
                DecoderResult::InputEmpty => return Ok(text),
                DecoderResult::OutputFull => bytes = bytes.get(read..).unwrap_or_default(),
                DecoderResult::Malformed(..) => return Err(Flaw::Encoding),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;
    use proptest::prelude::*;

    use super::ToUtf8;

    fn converted(label: &str, bytes: &[u8], pieces: usize) -> Option<String> {
        let mut to = ToUtf8::new(Encoding::for_label(label.as_bytes()).unwrap());
        let mut text = String::new();
        for piece in bytes.chunks(pieces) {
            text.push_str(&to.convert(piece, false).ok()?);
        }
        text.push_str(&to.convert(b"", true).ok()?);
        Some(text)
    }

    #[test]
    fn characters_come_whole_over_the_borders_of_pieces() {
        for pieces in [1, 2, 3, 100] {
            let german = converted("windows-1252", b"Stra\xdfe \x80 5", pieces);
            assert_eq!(german.as_deref(), Some("Straße € 5"));
            let japanese = converted("shift_jis", b"\x93\xfa\x96\x7b,1", pieces);
            assert_eq!(japanese.as_deref(), Some("日本,1"));
            assert_eq!(converted("shift_jis", b"a\x93", pieces), None, "half a character");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            pieces in 1_usize..9,
            label in prop::sample::select(vec!["windows-1252", "shift_jis", "gb18030", "big5"]),
        ) {
            prop_assert_eq!(converted(label, &bytes, pieces), converted(label, &bytes, 1_000));
        }
    }
}
