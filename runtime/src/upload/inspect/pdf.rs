//! PDF (ISO 32000): its header at the first byte, its end mark at the last, its objects counted.
//!
//! Readers look for the end mark from the end of the file on. Filling and comments behind it, such as web
//! servers add, are not kept.

use memchr::memmem;

use super::{filling::is_filling, pdf_objects::Objects};
use crate::upload::flaw::Flaw;

/// How many bytes of line ends behind the end mark belong to the file.
const MOST_LINE_ENDS: usize = 4;

const END_MARK: &[u8] = b"%%EOF";

/// Where readers look for the cross-reference table.
const TAIL: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Pdf {
    head: Vec<u8>,
    /// The last bytes except for the filling after them.
    tail: Vec<u8>,
    /// The last bytes of that filling, and how long it is.
    filling: Vec<u8>,
    filling_length: u64,
    objects: Objects,
}

impl Pdf {
    pub(super) fn feed(&mut self, input: &[u8]) -> Result<(), Flaw> {
        let missing = HEAD.saturating_sub(self.head.len()).min(input.len());
        self.head.extend_from_slice(input.get(..missing).unwrap_or_default());
        let filling = input.iter().rev().take_while(|byte| is_filling(**byte)).count();
        let (content, filling) =
            input.split_at_checked(input.len().saturating_sub(filling)).unwrap_or((input, &[]));
        if !content.is_empty() {
            let before = std::mem::take(&mut self.filling);
            self.filling_length = 0;
            keep_last(&mut self.tail, &before);
            keep_last(&mut self.tail, content);
        }
        keep_last(&mut self.filling, filling);
        self.filling_length = self.filling_length.saturating_add(filling.len() as u64);
        self.objects.feed(input)
    }

    /// The number of bytes after the end.
    pub(super) fn finish(&self) -> Result<u64, Flaw> {
        let is_version = matches!(
            self.head.as_slice(),
            [b'%', b'P', b'D', b'F', b'-', b'1' | b'2', b'.', b'0'..=b'9']
        );
        if !is_version {
            return Err(Flaw::Structure);
        }
        // A file that goes on is another kind of file too, or a torn one.
        let end = memmem::rfind(&self.tail, END_MARK);
        // Bytes after the end are not kept.
        let kept = self.tail.get(..end.unwrap_or(self.tail.len())).unwrap_or_default();
        if memmem::find(kept, b"startxref").is_none() {
            return Err(Flaw::Structure);
        }
        let end = end.ok_or(Flaw::Polyglot)?;
        let behind = self.tail.get(end.saturating_add(END_MARK.len())..).unwrap_or_default();
        if !are_comments(behind) {
            return Err(Flaw::Polyglot);
        }
        let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        // `filling` is all of the filling where that is short.
        let is_short = self.filling_length <= MOST_LINE_ENDS as u64;
        if behind.is_empty() && is_short && self.filling.iter().all(is_line_end) {
            return Ok(0);
        }
        Ok(self.filling_length.saturating_add(behind.len() as u64))
    }
}

/// Keeps the last bytes of `tail` and `more`.
fn keep_last(tail: &mut Vec<u8>, more: &[u8]) {
    tail.extend_from_slice(more.get(more.len().saturating_sub(TAIL)..).unwrap_or(more));
    let surplus = tail.len().saturating_sub(TAIL);
    tail.drain(..surplus);
}

/// Whether there is nothing but filling, lines that are comments of PDF, and comments of HTML, all of
/// them whole.
fn are_comments(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        let blank = rest.iter().take_while(|byte| is_filling(**byte)).count();
        rest = rest.get(blank..).unwrap_or_default();
        let length = match rest {
            [] => return true,
            [b'%', ..] => {
                rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len())
            }
            _ => {
                let Some(inside) = rest.strip_prefix(b"<!--") else { return false };
                let Some(end) = memmem::find(inside, b"-->") else { return false };
                // `<!-->` and `<!--->` are whole to browsers.
                if inside.starts_with(b">") || inside.starts_with(b"->") {
                    return false;
                }
                end.saturating_add(b"<!---->".len())
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
}

const HEAD: usize = 8;
