//! Converts lines and columns to bytes of a source text.

use std::ops::Range;

use palisade_lint::Place;

/// The bytes of a position; limited to the text, so that an excerpt is always possible.
pub(super) fn bytes(text: &str, place: &Place) -> Range<usize> {
    let start = offset(text, place.line, place.column);
    let end = offset(text, place.end_line, place.end_column);
    start..end.max(start)
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut at = 0_usize;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number.saturating_add(1) == line {
            let inside = content
                .char_indices()
                .nth(column.saturating_sub(1))
                .map_or(content.trim_end_matches(['\n', '\r']).len(), |(byte, _)| byte);
            return at.saturating_add(inside);
        }
        at = at.saturating_add(content.len());
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let place = Place { line: 2, column: 3, end_line: 2, end_column: 4 };
        let text = "a\näöü\n";
        assert_eq!(&text[bytes(text, &place)], "ü");
    }

    #[test]
    fn stays_inside_the_text() {
        let place = Place { line: 9, column: 9, end_line: 10, end_column: 1 };
        assert_eq!(bytes("short", &place), 5..5);
        let place = Place { line: 1, column: 90, end_line: 1, end_column: 3 };
        assert_eq!(bytes("short\n", &place), 5..5);
    }
}
