//! Where the parts of a form end, by their boundary alone.

use super::transport_padding::MOST_PADDING;

/// Finds the ends of a form's parts in the bytes of its body, and nothing else: RFC 2046 section 5.1.1.
///
/// The parser that reads the parts also ends one where its `Content-Length` says so, which RFC 7578
/// section 4.8 has receivers ignore, and after a carriage return alone, and drops what stands between
/// there and the boundary. Another reader in front, such as a filter, takes such a form for other files
/// (CWE-436). So the parser's lengths are compared with these.
#[derive(Debug)]
pub(super) struct PartLengths {
    /// A line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    stage: Stage,
    /// What may be the beginning of a delimiter, or of the end of a head.
    rest: Vec<u8>,
    /// Of the part that has not ended.
    length: u64,
    ended: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Preamble,
    Head,
    Content,
    Epilogue,
}

const LINE_BREAK: &[u8] = b"\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

impl PartLengths {
    pub(super) fn new(boundary: &str) -> Self {
        Self {
            delimiter: [b"\r\n--", boundary.as_bytes()].concat(),
            stage: Stage::Preamble,
            // The first boundary may stand at the very beginning.
            rest: LINE_BREAK.to_vec(),
            length: 0,
            ended: Vec::new(),
        }
    }

    /// Whether the form ended with its last boundary, and its parts have these lengths.
    pub(super) fn are(&self, lengths: &[u64]) -> bool {
        self.stage == Stage::Epilogue && self.ended == lengths
    }

    /// Looks at the next bytes of the body.
    pub(super) fn take(&mut self, piece: &[u8]) {
        if self.stage == Stage::Epilogue {
            return;
        }
        self.rest.extend_from_slice(piece);
        while self.step() {}
    }

    /// Goes on to the next stage; `false` where that takes more bytes.
    fn step(&mut self) -> bool {
        match self.stage {
            Stage::Preamble | Stage::Content => self.find_delimiter(),
            Stage::Head => match memchr::memmem::find(&self.rest, END_OF_HEAD) {
                Some(at) => {
                    self.drop_first(at.saturating_add(END_OF_HEAD.len()));
                    self.length = 0;
                    self.stage = Stage::Content;
                    true
                }
                None => {
                    self.keep_last(END_OF_HEAD.len() - 1);
                    false
                }
            },
            Stage::Epilogue => {
                self.rest.clear();
                false
            }
        }
    }

    fn find_delimiter(&mut self) -> bool {
        let Some(at) = memchr::memmem::find(&self.rest, &self.delimiter) else {
            self.keep_last(self.delimiter.len() - 1);
            return false;
        };
        self.drop_first(at);
        let line = self.rest.get(self.delimiter.len()..).unwrap_or_default();
        // Transport padding, which may be between a boundary and the end of its line.
        let padding = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let end = line.get(padding..).unwrap_or_default();
        let stage = match (padding, end) {
            (0, [b'-', b'-', ..]) => Stage::Epilogue,
            (..=MOST_PADDING, [b'\r', b'\n', ..]) => Stage::Head,
            (0, [b'-']) | (..=MOST_PADDING, [] | [b'\r']) => return false,
            // The beginning of a longer line.
            _ => {
                self.drop_first(LINE_BREAK.len());
                return true;
            }
        };
        if self.stage == Stage::Content {
            self.ended.push(self.length);
        }
        self.drop_first(self.delimiter.len().saturating_add(padding).saturating_add(2));
        self.stage = stage;
        true
    }

    fn keep_last(&mut self, most: usize) {
        self.drop_first(self.rest.len().saturating_sub(most));
    }

    fn drop_first(&mut self, bytes: usize) {
        let dropped = self.rest.drain(..bytes.min(self.rest.len())).len();
        self.length = self.length.saturating_add(u64::try_from(dropped).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::PartLengths;

    const HEAD: &str = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";

    fn told(body: &[u8], piece: usize) -> PartLengths {
        let mut lengths = PartLengths::new("B");
        for piece in body.chunks(piece) {
            lengths.take(piece);
        }
        lengths
    }

    #[test]
    fn a_part_ends_at_its_boundary_and_nowhere_else() {
        for (body, expected) in [
            (format!("--B\r\n{HEAD}abc\r\n--B--"), &[3][..]),
            (format!("--B\r\n{HEAD}abc\r\n--B\r\n{HEAD}\r\n--B--\r\nepilogue"), &[3, 0]),
            (format!("preamble\r\n--B\r\n{HEAD}abc\r\n--B--\r\n--B\r\n{HEAD}x\r\n--B--"), &[3]),
            (format!("--B\r\n{HEAD}\r\n--Bc\r\n--B--\r\n"), &[6]),
            (format!("--B \r\n{HEAD}abc\r\n--B\t \r\n{HEAD}x \r\n--B-- \r\n"), &[3, 2]),
            (format!("--B\r\n{HEAD}\r\n--B \n\r\n--B \r\r\n--B x\r\n--B--"), &[21]),
            (format!("--B\r\n{HEAD}\r--B\r\n--B--"), &[4]),
            (format!("--B\r\n{HEAD}\n--B\n\r\n\r\n--B--"), &[7]),
            ("--B--".to_owned(), &[]),
        ] {
            for piece in [1, 2, 3, 7, body.len()] {
                let lengths = told(body.as_bytes(), piece);
                assert!(lengths.are(expected), "{body:?} by {piece}: {lengths:?}");
            }
        }
    }

    #[test]
    fn a_form_without_its_last_boundary_has_no_end() {
        for body in ["", "--B\r\n", "--B", "x"] {
            assert!(!told(body.as_bytes(), 1).are(&[]), "{body:?}");
        }
        assert!(!told(format!("--B\r\n{HEAD}abc\r\n").as_bytes(), 1).are(&[3]));
        assert!(!told(format!("--B\r\n{HEAD}abc\r\n--B\r\n").as_bytes(), 1).are(&[3]));
    }

    proptest! {
        /// However the bytes are cut, what was found is the same, and little is kept.
        #[test]
        fn pieces_of_any_length_tell_the_same(
            parts in proptest::collection::vec("[\r\n B-]{0,24}", 0..40),
            piece in 1_usize..9,
        ) {
            let body: String = parts.concat();
            let (whole, cut) = (told(body.as_bytes(), body.len().max(1)), told(body.as_bytes(), piece));
            prop_assert_eq!(&whole.ended, &cut.ended);
            prop_assert_eq!(whole.stage, cut.stage);
            prop_assert!(cut.rest.len() < 16 + super::MOST_PADDING, "{:?}", cut);
        }
    }
}
