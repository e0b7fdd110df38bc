//! PDF (ISO 32000): its header at the very first byte, its end mark at the last, its objects counted.

use memchr::memmem;

use super::pdf_objects::Objects;
use crate::upload::flaw::Flaw;

/// How many bytes of line ends may follow the end mark.
const MOST_LINE_ENDS: usize = 4;

/// Where readers look for the cross-reference table.
const TAIL: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Pdf {
    head: Vec<u8>,
    tail: Vec<u8>,
    objects: Objects,
}

impl Pdf {
    pub(super) fn feed(&mut self, input: &[u8]) -> Result<(), Flaw> {
        let missing = HEAD.saturating_sub(self.head.len()).min(input.len());
        self.head.extend_from_slice(input.get(..missing).unwrap_or_default());
        let late = input.get(input.len().saturating_sub(TAIL)..).unwrap_or(input);
        self.tail.extend_from_slice(late);
        let keep = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..keep);
        self.objects.feed(input)
    }

    pub(super) fn finish(&self) -> Result<(), Flaw> {
        let is_version = matches!(
            self.head.as_slice(),
            [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', b'0'..=b'9']
        );
        let line_ends = self.tail.iter().rev().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let end = self.tail.len().saturating_sub(line_ends);
        let body = self.tail.get(..end).unwrap_or_default();
        if !is_version || memmem::find(body, b"startxref").is_none() {
            return Err(Flaw::Structure);
        }
        // A file that goes on is another kind of file too, or a torn one.
        if line_ends > MOST_LINE_ENDS || !body.ends_with(b"%%EOF") {
            return Err(Flaw::Polyglot);
        }
        Ok(())
    }
}

const HEAD: usize = 8;
