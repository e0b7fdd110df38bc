//! The objects of a PDF: how many, and how deep arrays and dictionaries go in each.
//!
//! What is in a stream is skipped, strings and comments too. A reader recurses into what is left
//! (CWE-674). This finds no mistakes: it counts.
//!
//! A reader that repairs a file looks for `1 0 obj` everywhere. So that begins an object here too, in a
//! string, a comment and a stream: one that does not end cannot hide what follows.

use memchr::memmem;

use crate::upload::flaw::Flaw;

/// White space of PDF (ISO 32000-1, 7.2.2).
macro_rules! blank {
    () => {
        b'\0' | b'\t' | b'\n' | b'\x0c' | b'\r' | b' '
    };
}

/// A thousand pages have some ten thousand; the format's own bound is eight million.
const MOST_OBJECTS: u32 = 1_000_000;

/// Readers give up between 100 and 500.
const DEEPEST: u32 = 100;

/// What is never closed, in all objects together: some readers go on into the next object.
const MOST_OPEN: u32 = 5_000;

/// How much of a stream is looked at together.
const PART: usize = 1 << 10;

/// The longest head of an object that is looked for in a stream: two numbers, their blanks, a word.
const LONGEST_HEAD: usize = 32;

/// The longest word that is looked for.
const WORD: usize = 9;

#[derive(Debug, Default)]
pub(super) struct Objects {
    at: At,
    /// The last letters, for the words that matter.
    word: Vec<u8>,
    /// The last delimiter, for the double ones.
    last: u8,
    /// A dictionary was closed, and nothing has come since: a stream may follow.
    is_closed: bool,
    head: Head,
    depth: u32,
    /// The depth without regard to objects.
    open: u32,
    objects: u32,
}

/// How much of the head of an object has come: `1 0 obj`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Head {
    #[default]
    Nothing,
    Number,
    Blank,
    Generation,
    SecondBlank,
    O,
    Ob,
    Whole,
}

impl Head {
    const fn next(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Blank | Self::Generation | Self::SecondBlank, b'0'..=b'9') => Self::Generation,
            (_, b'0'..=b'9') => Self::Number,
            (Self::Number | Self::Blank, blank!()) => Self::Blank,
            (Self::Generation | Self::SecondBlank, blank!()) => Self::SecondBlank,
            (Self::Generation | Self::SecondBlank, b'o') => Self::O,
            (Self::O, b'b') => Self::Ob,
            (Self::Ob, b'j') => Self::Whole,
            _ => Self::Nothing,
        }
    }
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
            if let At::Stream { tail } = &mut self.at {
                let before = tail.len();
                // A part at a time: streams may be short, and each looks at no more than it needs.
                let (now, later) = input.split_at_checked(PART).unwrap_or((input, &[]));
                tail.extend_from_slice(now);
                let end = memmem::find(tail, b"endstream").map(|at| at.saturating_add(WORD));
                let object = object_in(tail.get(..end.unwrap_or(tail.len())).unwrap_or_default());
                let Some(over) = object.or(end) else {
                    let keep = tail.len().saturating_sub(LONGEST_HEAD);
                    tail.drain(..keep);
                    input = later;
                    continue;
                };
                input = input.get(over.saturating_sub(before)..).unwrap_or_default();
                self.at = At::Body;
                self.head = Head::Nothing;
                if object.is_some() {
                    self.object()?;
                }
                continue;
            }
            input = rest;
            self.head = self.head.next(*byte);
            if self.head == Head::Whole {
                self.at = At::Body;
                self.object()?;
                continue;
            }
            match &mut self.at {
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
                At::Stream { .. } => {}
            }
        }
        Ok(())
    }

    /// One more object begins.
    fn object(&mut self) -> Result<(), Flaw> {
        self.word.clear();
        (self.last, self.depth, self.is_closed) = (0, 0, false);
        self.objects = self.objects.saturating_add(1);
        if self.objects > MOST_OBJECTS { Err(Flaw::Parts(MOST_OBJECTS.into())) } else { Ok(()) }
    }

    fn opens(&mut self) {
        self.depth = self.depth.saturating_add(1);
        self.open = self.open.saturating_add(1);
    }

    fn closes(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.open = self.open.saturating_sub(1);
    }

    fn body(&mut self, byte: u8) -> Result<(), Flaw> {
        let last = std::mem::replace(&mut self.last, byte);
        if byte.is_ascii_alphabetic() {
            if self.word.len() < WORD {
                self.word.push(byte);
            }
            return Ok(());
        }
        let is_blank = matches!(byte, blank!());
        // Behind its dictionary, and nowhere else: in an array it is a word like any other.
        if self.word == b"stream" && self.is_closed && self.depth == 0 && is_blank {
            self.at = At::Stream { tail: Vec::new() };
        }
        if !self.word.is_empty() || !(is_blank || byte == b'%') {
            self.is_closed = false;
        }
        self.word.clear();
        match byte {
            b'%' => self.at = At::Comment,
            b'(' => self.at = At::String { depth: 0, escaped: false },
            b'[' => self.opens(),
            b']' => self.closes(),
            b'<' if last == b'<' => {
                self.last = 0;
                self.opens();
            }
            b'>' if last == b'>' => {
                (self.last, self.is_closed) = (0, true);
                self.closes();
            }
            _ => {}
        }
        if self.depth > DEEPEST {
            return Err(Flaw::Parts(DEEPEST.into()));
        }
        if self.open > MOST_OPEN { Err(Flaw::Parts(MOST_OPEN.into())) } else { Ok(()) }
    }
}

/// Where the head of an object ends in a stream.
fn object_in(stream: &[u8]) -> Option<usize> {
    memmem::find_iter(stream, b"obj").map(|at| at.saturating_add(3)).find(|end| {
        let from = end.saturating_sub(LONGEST_HEAD);
        let bytes = stream.get(from..*end).unwrap_or_default();
        bytes.iter().fold(Head::Nothing, |head, byte| head.next(*byte)) == Head::Whole
    })
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

    #[test]
    fn what_does_not_end_hides_nothing_behind_it() {
        let deep = String::from_utf8(deep("[", 101)).unwrap();
        for before in [
            "a (",
            "stream\n",
            "1 0 obj<<>>stream\n",
            "1 0 obj<</Length 9>> stream \n",
            "1 0 obj stream\n",
            "1 0 obj [ stream\n",
            "1 0 obj << /stream ",
            "(\\",
            "% ",
        ] {
            for pieces in [1, 7, usize::MAX] {
                let bytes = [before, "\n", &deep].concat();
                assert!(!counts(bytes.as_bytes(), pieces), "{before:?}");
            }
        }
        // A word that is not a keyword there.
        for word in ["stream ", "/stream ", "<<>> 1 stream ", "[ <<>> stream "] {
            let bytes = format!("1 0 obj {word}{} endstream", "[".repeat(101));
            assert!(!counts(bytes.as_bytes(), usize::MAX), "{word:?}");
        }
        // Objects that are begun in one another.
        for open in ["[ obj ", "[ 1 0 obj "] {
            assert!(!counts(open.repeat(5_001).as_bytes(), usize::MAX), "{open:?}");
        }
    }

    #[test]
    fn a_stream_may_begin_behind_a_blank_or_a_comment() {
        for word in [">>stream\r\n", ">> stream \n", ">>\nstream\t\n", ">> % (a\nstream\n"] {
            let bytes = format!("1 0 obj<<{word}{}\nendstream endobj", "[".repeat(5_001));
            assert!(counts(bytes.as_bytes(), usize::MAX), "{word:?}");
            assert!(counts(bytes.as_bytes(), 1), "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("["), Just("<<"), Just("<<<"), Just(">>"), Just("]"), Just("("), Just("\\)"),
                    Just(")"), Just(" obj "), Just("1 0 obj"), Just("1 0 "), Just("obj"), Just("stream\n"), Just("endstream"), Just("ends"),
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
