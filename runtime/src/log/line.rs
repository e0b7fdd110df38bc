//! One event as one line.

use std::borrow::Cow;

use crate::visible::is_hidden;

/// The target of the one event that is a table.
pub(super) const TABLE: &str = "palisade::endpoints";

/// The character that begins an escape of a terminal.
const ESCAPE: char = '\u{1b}';

/// How events are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// Whether the subscriber puts colours into them.
    pub(super) has_colours: bool,
    /// Whether this one is a table.
    pub(super) has_breaks: bool,
}

impl Lines {
    /// The text of an event, with everything escaped that would change how a line looks or where it ends.
    pub(super) fn clean(self, text: &[u8]) -> Cow<'_, [u8]> {
        let body = text.strip_suffix(b"\n").unwrap_or(text);
        // As nearly all are.
        if body.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Cow::Borrowed(text);
        }
        let body = String::from_utf8_lossy(body);
        let mut clean = String::with_capacity(body.len().saturating_add(64));
        let mut rest = &*body;
        while let Some(c) = rest.chars().next() {
            if let Some(colour) = colour(rest).filter(|_| self.has_colours) {
                clean.push_str(colour);
                rest = rest.strip_prefix(colour).unwrap_or_default();
                continue;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '\n' if self.has_breaks => clean.push('\n'),
                c if is_hidden(c) => clean.extend(c.escape_unicode()),
                c => clean.push(c),
            }
        }
        clean.push('\n');
        Cow::Owned(clean.into_bytes())
    }
}

/// The colour sequence that a string begins with (SGR of ECMA-48 section 8.3.117): it does not move
/// the cursor.
fn colour(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(ESCAPE)?.strip_prefix('[')?;
    let numbers = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    let end = rest.get(numbers..)?.starts_with('m').then_some(numbers)?;
    // The escape, the bracket and the `m` are a byte each.
    text.get(..end.checked_add(3)?)
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn clean(text: &str, has_colours: bool, has_breaks: bool) -> String {
        let lines = Lines { has_colours, has_breaks };
        String::from_utf8(lines.clean(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn an_event_is_one_line() {
        assert_eq!(clean("a line\n", false, false), "a line\n");
        let text = "é a\nb\u{1b}[2Jc\u{202e}d\u{9b}1me\r\n";
        let escaped = "é a\\u{a}b\\u{1b}[2Jc\\u{202e}d\\u{9b}1me\\u{d}\n";
        assert_eq!(clean(text, false, false), escaped);
        assert_eq!(clean(text, true, false), escaped);
        let coloured = "\u{1b}[2m\u{1b}[1;31mred\u{1b}[0m\u{1b}[\n";
        assert_eq!(clean(coloured, true, false), "\u{1b}[2m\u{1b}[1;31mred\u{1b}[0m\\u{1b}[\n");
        assert_eq!(clean("\u{1b}[2mdim\n", false, false), "\\u{1b}[2mdim\n");
        assert_eq!(clean("a\nb\n", false, true), "a\nb\n");
    }
}
