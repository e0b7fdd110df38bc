//! Rules for texts that are displayed: functions for `#[validate(custom(function = ".."))]`.

use validator::ValidationError;

/// A rule for a string of one line, with the code `line`: no control characters and no line ends,
/// those of Unicode included. They break lists, logs and headers, and control terminals (CWE-117,
/// CWE-150).
///
/// ```
/// use palisade::prelude::*;
///
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct NewNote {
///     #[validate(length(min = 1, max = 200), custom(function = "palisade::input::line"))]
///     title: String,
///     #[validate(length(max = 10_000), custom(function = "palisade::input::lines"))]
///     body: String,
/// }
/// ```
///
/// # Errors
///
/// The text has a control character or a line end.
pub fn line(text: &str) -> Result<(), ValidationError> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.chars().any(breaks) { Err(ValidationError::new("line")) } else { Ok(()) }
}

/// A rule for a string of any number of lines, with the code `lines`: no control characters but
/// tabs and line ends (LF, CR LF). The others take up to six bytes each in JSON, cannot be stored
/// in Postgres (NUL), and control terminals (CWE-150).
///
/// # Errors
///
/// The text has another control character, or a carriage return without a line feed.
pub fn lines(text: &str) -> Result<(), ValidationError> {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_fine = match character {
            '\t' | '\n' => true,
            '\r' => characters.peek() == Some(&'\n'),
            other => !other.is_control(),
        };
        if !is_fine {
            return Err(ValidationError::new("lines"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{line, lines};

    #[test]
    fn lines_end_and_nothing_else_is_hidden_in_them() {
        for good in ["", "Ünïcödé “quotes” ' \" ; -- \u{200f}עברית", "🦀\u{fe0f}\u{200d}"]
        {
            assert!(line(good).is_ok() && lines(good).is_ok(), "{good:?}");
        }
        for good in ["two\nlines\tand a tab", "a\r\nb\r\n", "\n", "a\u{2028}b"] {
            assert!(lines(good).is_ok(), "{good:?}");
            assert_eq!(line(good).unwrap_err().code, "line", "{good:?}");
        }
        for bad in
            ["a\0", "\u{1}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{9b}", "a\rb", "a\r", "\u{8}"]
        {
            assert_eq!(lines(bad).unwrap_err().code, "lines", "{bad:?}");
            assert!(line(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_of_lines_is_one_whose_lines_are_each_taken(text in "(\\PC|[\\r\\n\\t\\x00\\x1b\\x85]){0,12}") {
            let without_tabs = |part: &str| line(&part.replace('\t', " ")).is_ok();
            // A carriage return without a line feed does not end a line.
            let each = text.replace("\r\n", "\n").split('\n').all(|part| {
                part.split(['\u{2028}', '\u{2029}']).all(without_tabs)
            });
            prop_assert_eq!(lines(&text).is_ok(), each, "{:?}", text);
            if line(&text).is_ok() {
                prop_assert!(lines(&text).is_ok(), "{:?}", text);
            }
        }
    }
}
