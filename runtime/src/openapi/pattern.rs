//! Converts patterns of Rust's `regex` to those of ECMA-262, which JSON Schema requires.
//!
//! Classes, dots and flags have different meanings in the two languages, so the text is not copied:
//! it is parsed and written again. Patterns that one of them cannot express are omitted from the
//! document.

use std::fmt::Write as _;

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind, Look, Repetition},
};

/// Larger classes (all letters of all scripts) would fill pages.
const MOST_RANGES: usize = 64;

/// Longer patterns are omitted.
const LONGEST: usize = 2_000;

/// The same pattern for ECMA-262, if there is one.
pub(super) fn ecma(pattern: &str) -> Option<String> {
    let hir = ParserBuilder::new().build().parse(pattern).ok()?;
    let mut text = String::new();
    write(&hir, &mut text)?;
    (text.len() <= LONGEST).then_some(text)
}

/// A pattern that matches texts with this one in them.
pub(super) fn literal(text: &str) -> String {
    let mut pattern = String::new();
    text.chars().for_each(|c| push(c, &mut pattern));
    pattern
}

fn write(hir: &Hir, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            let characters = std::str::from_utf8(&literal.0).ok()?;
            characters.chars().for_each(|c| push(c, text));
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            if ranges.len() > MOST_RANGES {
                // All but a few: written as the negated class.
                let mut others = class.clone();
                others.negate();
                if others.ranges().len() > MOST_RANGES {
                    return None;
                }
                text.push_str("[^");
                others
                    .ranges()
                    .iter()
                    .for_each(|range| push_range(range.start(), range.end(), text));
            } else if ranges.last().is_some_and(|last| last.end() == char::MAX) {
                let mut others = class.clone();
                others.negate();
                text.push_str("[^");
                others
                    .ranges()
                    .iter()
                    .for_each(|range| push_range(range.start(), range.end(), text));
            } else {
                text.push('[');
                ranges.iter().for_each(|range| push_range(range.start(), range.end(), text));
            }
            text.push(']');
        }
        HirKind::Class(Class::Bytes(_)) => return None,
        HirKind::Look(Look::Start) => text.push('^'),
        HirKind::Look(Look::End) => text.push('$'),
        // ECMA-262 has ASCII word boundaries only, and other line terminators.
        HirKind::Look(_) => return None,
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            group(sub, text)?;
            match (min, max) {
                (0, None) => text.push('*'),
                (1, None) => text.push('+'),
                (0, Some(1)) => text.push('?'),
                (min, Some(max)) if min == max => write!(text, "{{{min}}}").ok()?,
                (min, Some(max)) => write!(text, "{{{min},{max}}}").ok()?,
                (min, None) => write!(text, "{{{min},}}").ok()?,
            }
            if !greedy {
                text.push('?');
            }
        }
        HirKind::Capture(capture) => group(&capture.sub, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                if matches!(part.kind(), HirKind::Alternation(_)) {
                    group(part, text)?;
                } else {
                    write(part, text)?;
                }
            }
        }
        HirKind::Alternation(choices) => {
            for (index, choice) in choices.iter().enumerate() {
                if index > 0 {
                    text.push('|');
                }
                write(choice, text)?;
            }
        }
    }
    Some(())
}

/// A part that an operator applies to as a whole.
fn group(hir: &Hir, text: &mut String) -> Option<()> {
    if matches!(hir.kind(), HirKind::Class(_)) {
        return write(hir, text);
    }
    text.push_str("(?:");
    write(hir, text)?;
    text.push(')');
    Some(())
}

fn push_range(start: char, end: char, text: &mut String) {
    push(start, text);
    if start != end {
        text.push('-');
        push(end, text);
    }
}

fn push(c: char, text: &mut String) {
    match c {
        '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' | '\\'
        | '/' | '-' => {
            text.push('\\');
            text.push(c);
        }
        // Plain in every dialect; characters that are not printable are escaped.
        ' '..='~' => text.push(c),
        c if u32::from(c) <= 0xffff && !c.is_alphanumeric() => {
            // Writing to a string does not fail.
            let _written = write!(text, "\\u{:04x}", u32::from(c));
        }
        c => text.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::{ecma, literal};

    #[test]
    fn patterns_are_written_again() {
        for (rust, other) in [
            ("^[a-z0-9]+(-[a-z0-9]+)*$", "^[0-9a-z]+(?:(?:\\-[0-9a-z]+))*$"),
            (r"\A(?:a|bc)\z", "^(?:a|bc)$"),
            ("(?i)^ab$", "^[Aa][Bb]$"),
            ("^.{2,3}?$", "^[^\\u000a]{2,3}?$"),
            (r"^\d{2}$", ""),
            (r"^\u{e9}\.$", "^é\\.$"),
            (r"^[^/]*$", "^[^\\/]*$"),
        ] {
            let found = ecma(rust);
            if other.is_empty() {
                // Digits of all scripts: as ranges, or omitted.
                assert!(found.is_none_or(|text| text.contains('٠')), "{rust}");
            } else {
                assert_eq!(found.as_deref(), Some(other), "{rust}");
            }
        }
        for none in [r"^\bword\b$", r"^\w+$", "(?m)^a$", "("] {
            assert_eq!(ecma(none), None, "{none}");
        }
    }

    #[test]
    fn a_text_stands_for_itself() {
        assert_eq!(literal("a+b/ü"), r"a\+b\/ü");
    }
}
