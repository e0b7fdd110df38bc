//! Text: UTF-8 from the first byte to the last, without control characters. A form feed is the end of a page.

use memchr::memmem;

use crate::{policy::FileKind, upload::flaw::Flaw};

/// How far a browser or another reader looks for markup (WHATWG MIME Sniffing has 1,445).
const LOOK: usize = 1_445;

/// Longest part of a character, or of a word that is looked for, that a piece may end in.
const CARRY: usize = 8;

#[derive(Debug)]
pub(super) struct Text {
    /// What the kind forbids anywhere.
    kind: FileKind,
    /// Whether its beginning has control characters: then it is not text in any single-byte
    /// encoding.
    is_binary: bool,
    /// The end of the last piece: a character that is not over.
    partial: Vec<u8>,
    /// The end of the last piece, for a word that crosses it.
    tail: Vec<u8>,
}

impl Text {
    /// Text that begins with these bytes.
    pub(super) fn new(kind: FileKind, head: &[u8]) -> Self {
        let head = head.get(..LOOK).unwrap_or(head);
        let is_binary = head.iter().any(|byte| is_control(*byte));
        Self { kind, is_binary, partial: Vec::new(), tail: Vec::new() }
    }

    pub(super) fn feed(&mut self, mut input: &[u8]) -> Result<(), Flaw> {
        if self.kind == FileKind::Svg {
            self.refuse_entities(input)?;
        }
        while !self.partial.is_empty() {
            let Some((byte, rest)) = input.split_first() else { return Ok(()) };
            input = rest;
            self.partial.push(*byte);
            match std::str::from_utf8(&self.partial) {
                Ok(character) => {
                    check(character)?;
                    self.partial.clear();
                }
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(self.no_utf8()),
            }
        }
        let error = match std::str::from_utf8(input) {
            Ok(text) => return check(text),
            Err(error) => error,
        };
        let (whole, partial) =
            input.split_at_checked(error.valid_up_to()).ok_or_else(|| self.no_utf8())?;
        check(std::str::from_utf8(whole).map_err(|_| self.no_utf8())?)?;
        if error.error_len().is_some() {
            return Err(self.no_utf8());
        }
        self.partial.extend_from_slice(partial);
        Ok(())
    }

    /// The flaw of bytes that are not UTF-8: the encoding, if they may be text in another one.
    const fn no_utf8(&self) -> Flaw {
        if self.is_binary { Flaw::Kind } else { Flaw::Encoding }
    }

    /// An entity may expand to a thousand others (CWE-776).
    fn refuse_entities(&mut self, input: &[u8]) -> Result<(), Flaw> {
        self.tail.extend_from_slice(input);
        self.tail.make_ascii_lowercase();
        if memmem::find(&self.tail, b"<!entity").is_some() {
            return Err(Flaw::Structure);
        }
        let keep = self.tail.len().saturating_sub(CARRY);
        self.tail.drain(..keep);
        Ok(())
    }

    pub(super) fn finish(&self) -> Result<(), Flaw> {
        if self.partial.is_empty() { Ok(()) } else { Err(self.no_utf8()) }
    }
}

/// The control characters of ASCII but tab, and the ends of lines and pages.
const fn is_control(byte: u8) -> bool {
    (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c')) || byte == 0x7f
}

/// No control characters but tab and the ends of lines and pages: neither those of ASCII nor those of
/// U+0080 to U+009F.
fn check(text: &str) -> Result<(), Flaw> {
    // Without an early way out, so that the compiler looks at many bytes at a time.
    let (mut control, mut high) = (false, false);
    for byte in text.bytes() {
        control |= is_control(byte);
        high |= byte >= 0x80;
    }
    if control || (high && text.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c))) {
        return Err(Flaw::Kind);
    }
    Ok(())
}

/// The form of text, by its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Markup that a browser may take for a page.
    Page,
    /// Markup that it may take for a drawing.
    Drawing,
    Text,
}

/// The form of text, by its beginning: markup, or plain text.
pub(super) fn kind_of(head: &[u8]) -> Written {
    const PAGES: [&[u8]; 7] =
        [b"<html", b"<script", b"<body", b"<iframe", b"<head", b"<!doctype html", b"<title"];

    let head = head.get(..LOOK).unwrap_or(head);
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).to_ascii_lowercase();
    let starts_as_markup = match head.trim_ascii_start() {
        [b'<', next, ..] => next.is_ascii_alphabetic() || matches!(next, b'!' | b'?' | b'/'),
        _ => false,
    };
    let says = |word: &[u8]| memmem::find(&head, word).is_some();
    if PAGES.iter().any(|word| says(word)) && !starts_as_drawing(&head) {
        return Written::Page;
    }
    if says(b"<svg") {
        return Written::Drawing;
    }
    if starts_as_markup { Written::Page } else { Written::Text }
}

/// Whether the first element is `svg`: a drawing may hold a `title` and a `script`.
fn starts_as_drawing(head: &[u8]) -> bool {
    let mut rest = head.trim_ascii_start();
    loop {
        let end: &[u8] = match rest {
            [b'<', b's', b'v', b'g', ..] => return true,
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'd', b'o', b'c', b't', b'y', b'p', b'e', b' ', b's', b'v', b'g', ..] => {
                b">"
            }
            _ => return false,
        };
        let Some(at) = memmem::find(rest, end) else { return false };
        rest = rest.get(at.saturating_add(end.len())..).unwrap_or_default().trim_ascii_start();
    }
}
