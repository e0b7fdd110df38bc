//! Where the parts of a form end, by their boundary alone.

use super::transport_padding::MOST_PADDING;

/// Finds the ends of a form's parts in the bytes of its body, and nothing else: RFC 2046 section 5.1.1.
///
/// The parser of the parts also ends one by its `Content-Length`, which receivers have to ignore
/// (RFC 7578 section 4.8), and after a carriage return alone, and drops the bytes between that
/// place and the boundary. Another reader in front, such as a filter, sees other files in such a
/// form (CWE-436). So the parser's lengths are compared with these.
///
/// The parser also begins at a boundary after a line feed alone, where others still read the
/// preamble. Lengths do not show at which boundary a reader began. So the first boundary must be at
/// the beginning of the body, or after empty lines alone: clients write no other preamble.
#[derive(Debug)]
pub(super) struct PartLengths {
    /// A line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    stage: Stage,
    /// What was not looked at yet, or may be the beginning of a delimiter, or of the end of a head.
    rest: Vec<u8>,
    /// How many bytes at the beginning of `rest` are done with. They are removed once for each piece.
    done: usize,
    /// Of the part that has not ended.
    length: u64,
    ended: Vec<u64>,
    /// The most parts of a form.
    most: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Preamble,
    Head,
    Content,
    Epilogue,
    /// Readers may take this body for different forms, or it has too many parts.
    Broken,
}

const LINE_BREAK: &[u8] = b"\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// The most bytes of a part's head.
const MOST_HEAD: usize = 8 << 10;

/// What is looked at together.
const CHUNK: usize = 4 << 10;

impl PartLengths {
    /// Of a form with at most so many parts.
    pub(super) fn new(boundary: &str, most: usize) -> Self {
        Self {
            delimiter: [b"\r\n--", boundary.as_bytes()].concat(),
            stage: Stage::Preamble,
            // The first boundary may be at the very beginning.
            rest: LINE_BREAK.to_vec(),
            done: 0,
            length: 0,
            ended: Vec::new(),
            most,
        }
    }

    /// Whether the form ended with its last boundary, and its parts have these lengths.
    pub(super) fn are(&self, lengths: &[u64]) -> bool {
        self.stage == Stage::Epilogue && self.ended == lengths
    }

    /// Looks at the next bytes of the body.
    pub(super) fn take(&mut self, piece: &[u8]) {
        if matches!(self.stage, Stage::Epilogue | Stage::Broken) {
            return;
        }
        // A little at a time: what is held of a body that stops here stays as long as its request.
        for piece in piece.chunks(CHUNK) {
            self.rest.extend_from_slice(piece);
            while self.step() {}
            self.rest.drain(..self.done.min(self.rest.len()));
            self.done = 0;
        }
    }

    /// Goes on to the next stage; `false` where that takes more bytes.
    fn step(&mut self) -> bool {
        match self.stage {
            Stage::Preamble => self.find_first_delimiter(),
            Stage::Content => self.find_delimiter(),
            Stage::Head => self.find_end_of_head(),
            Stage::Epilogue | Stage::Broken => {
                self.done = self.rest.len();
                false
            }
        }
    }

    /// Passes a head. Readers differ in what ends a line of it, and whether a boundary ends it: one that
    /// has a line feed or a carriage return alone, a boundary, or no line is refused.
    fn find_end_of_head(&mut self) -> bool {
        let ahead = self.ahead();
        let Some(at) = memchr::memmem::find(ahead, END_OF_HEAD) else {
            if ahead.len() < MOST_HEAD + END_OF_HEAD.len() {
                return false;
            }
            self.stage = Stage::Broken;
            return true;
        };
        let head = ahead.get(..at).unwrap_or_default();
        let boundary = self.delimiter.get(LINE_BREAK.len()..).unwrap_or_default();
        let is_sound = head.len() <= MOST_HEAD
            && !head.is_empty()
            && !head.starts_with(boundary)
            && memchr::memmem::find(head, &self.delimiter).is_none()
            && has_whole_line_breaks(head);
        if is_sound {
            self.pass(at.saturating_add(END_OF_HEAD.len()));
            self.length = 0;
            self.stage = Stage::Content;
        } else {
            self.stage = Stage::Broken;
        }
        true
    }

    fn find_first_delimiter(&mut self) -> bool {
        let ahead = self.ahead();
        // The line break of an empty line does not begin a delimiter.
        if ahead.starts_with(END_OF_HEAD) {
            self.pass(LINE_BREAK.len());
            return true;
        }
        if ahead.starts_with(&self.delimiter) {
            return self.pass_delimiter();
        }
        if END_OF_HEAD.starts_with(ahead) || self.delimiter.starts_with(ahead) {
            return false;
        }
        self.stage = Stage::Broken;
        true
    }

    fn find_delimiter(&mut self) -> bool {
        let Some(at) = memchr::memmem::find(self.ahead(), &self.delimiter) else {
            self.keep_last(self.delimiter.len() - 1);
            return false;
        };
        self.pass(at);
        self.pass_delimiter()
    }

    /// Passes the delimiter that comes next, or the beginning of a longer line.
    fn pass_delimiter(&mut self) -> bool {
        let line = self.ahead().get(self.delimiter.len()..).unwrap_or_default();
        // Transport padding, which may be between a boundary and the end of its line.
        let padding = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let end = line.get(padding..).unwrap_or_default();
        let next = match (padding, end) {
            (0, [b'-', b'-', ..]) => Stage::Epilogue,
            (..=MOST_PADDING, [b'\r', b'\n', ..]) => Stage::Head,
            (0, [b'-']) | (..=MOST_PADDING, [] | [b'\r']) => return false,
            _ if self.stage == Stage::Preamble => Stage::Broken,
            // The beginning of a longer line.
            _ => {
                self.pass(LINE_BREAK.len());
                return true;
            }
        };
        if self.stage == Stage::Content {
            if self.ended.len() >= self.most {
                self.stage = Stage::Broken;
                return true;
            }
            self.ended.push(self.length);
        }
        self.pass(self.delimiter.len().saturating_add(padding).saturating_add(2));
        self.stage = next;
        true
    }

    /// What is not done with.
    fn ahead(&self) -> &[u8] {
        self.rest.get(self.done..).unwrap_or_default()
    }

    fn keep_last(&mut self, most: usize) {
        self.pass(self.ahead().len().saturating_sub(most));
    }

    fn pass(&mut self, bytes: usize) {
        let passed = bytes.min(self.ahead().len());
        self.done = self.done.saturating_add(passed);
        self.length = self.length.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX));
    }
}

/// Whether each carriage return precedes a line feed, each line feed follows a carriage return, and
/// no line is empty.
fn has_whole_line_breaks(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let line = match (lines.peek(), line.strip_suffix(b"\r")) {
            (Some(_), Some(line)) => line,
            (Some(_), None) => return false,
            (None, _) => line,
        };
        if line.is_empty() || line.contains(&b'\r') {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{PartLengths, Stage};

    const MOST: usize = 40;
    const HEAD: &str = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";

    fn told(body: &[u8], piece: usize) -> PartLengths {
        let mut lengths = PartLengths::new("B", MOST);
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
            (format!("\r\n\r\n--B\r\n{HEAD}abc\r\n--B--\r\n--B\r\n{HEAD}x\r\n--B--"), &[3]),
            (format!("--B\r\n{HEAD}\r\n--Bc\r\n--B--\r\n"), &[6]),
            (format!("--B \r\n{HEAD}abc\r\n--B\t \r\n{HEAD}x \r\n--B-- \r\n"), &[3, 2]),
            (format!("--B\r\n{HEAD}\r\n--B \n\r\n--B \r\r\n--B x\r\n--B--"), &[21]),
            (format!("--B\r\n{HEAD}\r--B\r\n--B--"), &[4]),
            (format!("--B\r\n{HEAD}\n--B\n\r\n\r\n--B--"), &[7]),
            (format!("--B\r\n{HEAD}a\n--B\r\n{HEAD}b\r\n--B--"), &[52]),
            ("--B--".to_owned(), &[]),
        ] {
            for piece in [1, 2, 3, 7, body.len()] {
                let lengths = told(body.as_bytes(), piece);
                assert!(lengths.are(expected), "{body:?} by {piece}: {lengths:?}");
            }
        }
    }

    /// Readers that want a line break before the first boundary, and those that take a line feed for one,
    /// begin with different parts of the same length.
    #[test]
    fn a_form_begins_with_its_boundary() {
        let part = |text: &str| format!("--B\r\n{HEAD}{text}\r\n");
        for before in
            ["\n", "x\n", "\r\nx\n", "x", "preamble\r\n", "\r", "\r\r\n", "--Bc\r\n", "--B x\r\n"]
        {
            let body = format!("{before}{}{}--B--", part("abc"), part("def"));
            for piece in [1, 2, 3, 7, body.len()] {
                let lengths = told(body.as_bytes(), piece);
                assert_eq!(lengths.stage, Stage::Broken, "{body:?} by {piece}");
                assert!(lengths.ended.is_empty() && lengths.rest.is_empty(), "{lengths:?}");
            }
        }
    }

    #[test]
    fn a_head_that_others_read_differently_is_refused() {
        for head in [
            "Content-Disposition: form-data; name=\"a\"\n\nx\r\n--B\r\nX: y",
            "X: y\r\n--B\r\nX: y",
            "--B\r\nX: y",
            "--B: y",
            "X: y\nX: y",
            "X: y\rX: y",
            "X: y\r\r\nX: y",
            "\r\nX: y",
            "",
            &"X".repeat(9 << 10),
        ] {
            let body = format!("--B\r\n{head}\r\n\r\nabc\r\n--B--");
            for piece in [1, 2, 3, 7, body.len()] {
                let lengths = told(body.as_bytes(), piece);
                assert_eq!(lengths.stage, Stage::Broken, "{body:?} by {piece}");
            }
        }
        // As long as a head may be, however it is cut.
        let longest = format!("--B\r\nX: {}\r\n\r\nabc\r\n--B--", "y".repeat((8 << 10) - 3));
        for piece in [1, 7, longest.len()] {
            assert!(told(longest.as_bytes(), piece).are(&[3]), "by {piece}");
        }
        let sound = "--B\r\nX: y\r\nX-Y: a--B\r\n\r\nabc\r\n--B--";
        assert!(told(sound.as_bytes(), 1).are(&[3]));
    }

    #[test]
    fn a_form_has_so_many_parts_and_no_more() {
        let form = |parts: usize| {
            let parts = format!("--B\r\n{HEAD}abc\r\n").repeat(parts);
            told(format!("{parts}--B--").as_bytes(), 1_000)
        };
        assert!(form(MOST).are(&[3; MOST]));
        let lengths = form(MOST * 50);
        assert_eq!((lengths.stage, lengths.ended.len()), (Stage::Broken, MOST));
        assert!(!lengths.are(&[3; MOST]) && lengths.rest.is_empty(), "{lengths:?}");
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
            start in prop_oneof![Just("--B\r\n"), Just("\r\n--B\r\n"), Just("")],
            parts in proptest::collection::vec("[\r\n B-]{0,24}", 0..40),
            piece in 1_usize..9,
        ) {
            let body = [start.to_owned(), parts.concat()].concat();
            let (whole, cut) = (told(body.as_bytes(), body.len().max(1)), told(body.as_bytes(), piece));
            prop_assert_eq!(&whole.ended, &cut.ended);
            prop_assert_eq!(whole.stage, cut.stage);
            // A head is kept until it has ended.
            let kept = if cut.stage == Stage::Head { super::MOST_HEAD } else { super::MOST_PADDING };
            prop_assert!(cut.rest.len() < 16 + kept, "{:?}", cut);
        }
    }
}
