//! Blanks behind the boundary lines of a form.

use actix_web::web::Bytes;
use memchr::memmem;

/// The most blanks behind one boundary.
pub(super) const MOST_PADDING: usize = 256;

/// Takes the transport padding out of a form's body: spaces and tabs between a boundary and the end of its
/// line, which receivers have to take (RFC 2046 section 5.1.1), and the parser of the parts does not.
///
/// Only bytes between a boundary and a line break are left out. The lengths of the parts are
/// counted separately in the unchanged body: see `PartLengths`.
#[derive(Debug)]
pub(super) struct TransportPadding {
    /// A line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    /// What may be the beginning of a boundary line.
    held: Vec<u8>,
    /// The last boundary came: the rest is not a part.
    is_over: bool,
}

impl TransportPadding {
    pub(super) fn new(boundary: &str) -> Self {
        Self {
            delimiter: [b"\r\n--", boundary.as_bytes()].concat(),
            // The first boundary may be at the very beginning; readers skip what is before it.
            held: b"\r\n".to_vec(),
            is_over: false,
        }
    }

    /// The next bytes of the body, without padding; what may be padding comes later.
    pub(super) fn take(&mut self, piece: Bytes) -> Bytes {
        let is_plain = self.held.is_empty()
            && self.beginning(&piece) == 0
            && memmem::find(&piece, &self.delimiter).is_none();
        if self.is_over || is_plain {
            return piece;
        }
        self.held.extend_from_slice(&piece);
        self.run(false)
    }

    /// What is left when the body is over.
    pub(super) fn finish(&mut self) -> Bytes {
        self.run(true)
    }

    fn run(&mut self, is_end: bool) -> Bytes {
        let mut out = Vec::with_capacity(self.held.len());
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while let Some(at) = memmem::find(rest, &self.delimiter) {
            let (before, line) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            out.extend_from_slice(before);
            let length = match padding(line, self.delimiter.len(), is_end) {
                Line::Unknown => {
                    self.held = line.to_vec();
                    return out.into();
                }
                Line::None => {
                    let (delimiter, behind) =
                        line.split_at_checked(self.delimiter.len()).unwrap_or((line, &[]));
                    out.extend_from_slice(delimiter);
                    rest = behind;
                    continue;
                }
                Line::Part { padding } => padding,
                Line::Last { padding } => {
                    self.is_over = true;
                    padding
                }
            };
            let marks = if self.is_over { 2 } else { 0 };
            let kept = self.delimiter.len().saturating_add(marks);
            let (delimiter, behind) = line.split_at_checked(kept).unwrap_or((line, &[]));
            out.extend_from_slice(delimiter);
            rest = behind.get(length..).unwrap_or_default();
            if self.is_over {
                out.extend_from_slice(rest);
                return out.into();
            }
        }
        let beginning = if is_end { 0 } else { self.beginning(rest) };
        let (whole, beginning) =
            rest.split_at_checked(rest.len().saturating_sub(beginning)).unwrap_or((rest, &[]));
        out.extend_from_slice(whole);
        self.held = beginning.to_vec();
        out.into()
    }

    /// How many of the last bytes may begin a delimiter.
    fn beginning(&self, bytes: &[u8]) -> usize {
        let most = self.delimiter.len().saturating_sub(1).min(bytes.len());
        (1..=most)
            .rev()
            .find(|length| {
                let from = bytes.len().saturating_sub(*length);
                bytes.get(from..).is_some_and(|end| self.delimiter.starts_with(end))
            })
            .unwrap_or(0)
    }
}

/// What follows a delimiter.
enum Line {
    /// A line break, and a part behind it.
    Part { padding: usize },
    /// The hyphens of the last boundary, and a line break or the end of the body.
    Last { padding: usize },
    /// Neither: not a boundary line, or a malformed one.
    None,
    /// That takes more bytes.
    Unknown,
}

fn padding(line: &[u8], delimiter: usize, is_end: bool) -> Line {
    let rest = line.get(delimiter..).unwrap_or_default();
    let is_last = rest.starts_with(b"--");
    if !is_end && matches!(rest, [] | [b'-']) {
        return Line::Unknown;
    }
    let rest = rest.strip_prefix(b"--").unwrap_or(rest);
    let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if padding > MOST_PADDING {
        return Line::None;
    }
    match rest.get(padding..).unwrap_or_default() {
        [b'\r', b'\n', ..] if is_last => Line::Last { padding },
        [b'\r', b'\n', ..] => Line::Part { padding },
        [] if is_end && is_last => Line::Last { padding },
        [] | [b'\r'] if !is_end => Line::Unknown,
        _ => Line::None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Bytes;
    use proptest::prelude::*;

    use super::{MOST_PADDING, TransportPadding};

    fn without(body: &[u8], piece: usize) -> String {
        let mut padding = TransportPadding::new("B");
        let mut out = Vec::new();
        for piece in body.chunks(piece) {
            out.extend(padding.take(Bytes::copy_from_slice(piece)));
            assert!(padding.held.len() < MOST_PADDING + 16);
        }
        out.extend(padding.finish());
        // The line break before the first boundary.
        String::from_utf8(out).unwrap().strip_prefix("\r\n").unwrap().to_owned()
    }

    #[test]
    fn blanks_between_a_boundary_and_its_line_break_are_left_out() {
        let long = " ".repeat(MOST_PADDING);
        for (body, expected) in [
            ("--B\r\nx\r\n--B--\r\n", "--B\r\nx\r\n--B--\r\n"),
            ("--B \r\nx\r\n--B--\r\n", "--B\r\nx\r\n--B--\r\n"),
            ("--B\t \r\nx \r\n--B \r\ny\r\n--B-- \t\r\n", "--B\r\nx \r\n--B\r\ny\r\n--B--\r\n"),
            ("before\r\n--B \r\nx\r\n--B-- ", "before\r\n--B\r\nx\r\n--B--"),
            (&format!("--B{long}\r\nx"), "--B\r\nx"),
            // Not a boundary line, and what is behind the last one.
            ("--B \nx\r\n--B x\r\n -B\r\n--Bc \r\n", "--B \nx\r\n--B x\r\n -B\r\n--Bc \r\n"),
            ("--B \r \r\n", "--B \r \r\n"),
            ("--B-- \r\n\r\n--B \r\n", "--B--\r\n\r\n--B \r\n"),
            (&format!("--B{long} \r\nx"), &format!("--B{long} \r\nx")),
            ("--B ", "--B "),
            ("\n--B \r\n", "\n--B \r\n"),
        ] {
            for piece in [1, 2, 3, 7, body.len()] {
                assert_eq!(without(body.as_bytes(), piece), expected, "{body:?} by {piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference_and_nothing_but_blanks_is_left_out(
            parts in proptest::collection::vec("[\r\n B-]{0,24}", 0..40),
            piece in 1_usize..9,
        ) {
            let body: String = parts.concat();
            let whole = without(body.as_bytes(), body.len().max(1));
            prop_assert_eq!(&without(body.as_bytes(), piece), &whole);
            prop_assert_eq!(whole.replace(' ', ""), body.replace(' ', ""));
        }

        #[test]
        fn a_body_without_padding_stays_as_it_is(
            parts in proptest::collection::vec("[\r\nB-]{0,24}", 0..40),
            piece in 1_usize..9,
        ) {
            let body: String = parts.concat();
            prop_assert_eq!(without(body.as_bytes(), piece), body);
        }
    }
}
