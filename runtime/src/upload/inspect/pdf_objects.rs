//! The objects of a PDF: how many, and how deep arrays and dictionaries go in each.
//!
//! What is in a stream is skipped, strings and comments too. A reader recurses into what is left
//! (CWE-674). This finds no mistakes: it counts.

use memchr::memmem;

use crate::upload::flaw::Flaw;

/// A thousand pages have some ten thousand; the format's own bound is eight million.
const MOST_OBJECTS: u32 = 1_000_000;

/// Readers give up between 100 and 500.
const DEEPEST: u32 = 100;

/// The longest word that is looked for.
const WORD: usize = 9;

#[derive(Debug, Default)]
pub(super) struct Objects {
    at: At,
    /// The last letters, for the words that matter.
    word: Vec<u8>,
    /// The last delimiter, for the double ones.
    last: u8,
    depth: u32,
    objects: u32,
}

#[derive(Debug, Default)]
enum At {
    #[default]
    Body,
    Comment,
    String {
        depth: u32,
        escaped: bool,
    },
    /// In a stream, with what a word that ends it may have begun with.
    Stream {
        tail: Vec<u8>,
    },
}

impl Objects {
    pub(super) fn feed(&mut self, mut input: &[u8]) -> Result<(), Flaw> {
        while let Some((byte, rest)) = input.split_first() {
            match &mut self.at {
                At::Stream { tail } => {
                    let before = tail.len();
                    tail.extend_from_slice(input);
                    let Some(end) = memmem::find(tail, b"endstream") else {
                        let keep = tail.len().saturating_sub(WORD - 1);
                        tail.drain(..keep);
                        return Ok(());
                    };
                    let read = end.saturating_add(WORD).saturating_sub(before);
                    input = input.get(read..).unwrap_or_default();
                    self.at = At::Body;
                    continue;
                }
                At::Comment => {
                    if matches!(byte, b'\r' | b'\n') {
                        self.at = At::Body;
                    }
                }
                At::String { escaped: escaped @ true, .. } => *escaped = false,
                At::String { depth, escaped } => match byte {
                    b'\\' => *escaped = true,
                    b'(' => *depth = depth.saturating_add(1),
                    b')' if *depth == 0 => self.at = At::Body,
                    b')' => *depth = depth.saturating_sub(1),
                    _ => {}
                },
                At::Body => self.body(*byte)?,
            }
            input = rest;
        }
        Ok(())
    }

    fn body(&mut self, byte: u8) -> Result<(), Flaw> {
        let last = std::mem::replace(&mut self.last, byte);
        if byte.is_ascii_alphabetic() {
            if self.word.len() < WORD {
                self.word.push(byte);
            }
            return Ok(());
        }
        match self.word.as_slice() {
            b"obj" => {
                self.depth = 0;
                self.objects = self.objects.saturating_add(1);
                if self.objects > MOST_OBJECTS {
                    return Err(Flaw::Parts(MOST_OBJECTS.into()));
                }
            }
            b"stream" if matches!(byte, b'\r' | b'\n') => self.at = At::Stream { tail: Vec::new() },
            _ => {}
        }
        self.word.clear();
        match byte {
            b'%' => self.at = At::Comment,
            b'(' => self.at = At::String { depth: 0, escaped: false },
            b'[' => self.depth = self.depth.saturating_add(1),
            b']' => self.depth = self.depth.saturating_sub(1),
            b'<' if last == b'<' => {
                self.last = 0;
                self.depth = self.depth.saturating_add(1);
            }
            b'>' if last == b'>' => {
                self.last = 0;
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
        if self.depth > DEEPEST { Err(Flaw::Parts(DEEPEST.into())) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DEEPEST, Objects};

    fn counts(bytes: &[u8], pieces: usize) -> bool {
        let mut objects = Objects::default();
        bytes.chunks(pieces).all(|piece| objects.feed(piece).is_ok())
    }

    fn deep(open: &str, count: usize) -> Vec<u8> {
        format!("1 0 obj\n{} 7 0 R\nendobj", open.repeat(count)).into_bytes()
    }

    #[test]
    fn depth_has_a_cap_in_arrays_and_dictionaries() {
        let most = usize::try_from(DEEPEST).unwrap();
        for open in ["[", "<</a", "[\n", "<< /a "] {
            assert!(counts(&deep(open, most), usize::MAX), "{open}");
            assert!(!counts(&deep(open, most + 1), usize::MAX), "{open}");
        }
        // What closes, another object, a string, a comment and a stream do not count.
        let flat = "1 0 obj [ <</a[1]>> <0a> (a[[[\\)[[) % [[[[\n ] endobj\n".repeat(500);
        assert!(counts(flat.as_bytes(), usize::MAX));
        let stream = format!("1 0 obj<<>>stream\n{}\nendstream endobj\n", "[".repeat(5_000));
        assert!(counts(stream.as_bytes(), usize::MAX));
    }

    #[test]
    fn objects_have_a_cap() {
        assert!(counts(&b"1 0 obj 1 endobj\n".repeat(1_000_000), usize::MAX));
        assert!(!counts(&b"1 0 obj 1 endobj\n".repeat(1_000_001), usize::MAX));
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("["), Just("<<"), Just("<<<"), Just(">>"), Just("]"), Just("("), Just("\\)"),
                    Just(")"), Just(" obj "), Just("stream\n"), Just("endstream"), Just("ends"),
                    Just("%"), Just("\n"),
                ],
                0..600,
            ),
            pieces in 1_usize..40,
        ) {
            let bytes = parts.concat().into_bytes();
            prop_assert_eq!(counts(&bytes, pieces), counts(&bytes, usize::MAX));
        }
    }
}
