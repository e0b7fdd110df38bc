//! Patterns that match a caller's string literally.

use std::{borrow::Cow, fmt};

use super::bind::{Bind, BindError};
use super::value::{Value, ValueType};

/// The character that `sql!` declares as the patterns' `ESCAPE`. Not the backslash: its meaning in
/// a string differs between databases and their modes.
const ESCAPE: char = '!';

/// The right side of a `LIKE`: made by [`contains`], [`starts_with`] and [`ends_with`] only.
///
/// A string from a caller is not a pattern: its `%` would match everything, and a pattern of many
/// `%` makes a database try for minutes (CWE-943, CWE-1333). In these, every character is literal.
///
/// ```
/// use palisade::sql::{Bind, Value, contains};
///
/// let pattern = contains("100%");
/// assert!(matches!(pattern.value()?, Value::Text(text) if text == "%100!%%"));
/// # Ok::<(), palisade::sql::BindError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pattern(String);

/// Matches strings that contain this one.
pub fn contains(text: impl AsRef<str>) -> Pattern {
    Pattern::new("%", text.as_ref(), "%")
}

/// Matches strings that begin with this one.
pub fn starts_with(text: impl AsRef<str>) -> Pattern {
    Pattern::new("", text.as_ref(), "%")
}

/// Matches strings that end with this one.
pub fn ends_with(text: impl AsRef<str>) -> Pattern {
    Pattern::new("%", text.as_ref(), "")
}

impl Pattern {
    fn new(before: &str, text: &str, after: &str) -> Self {
        let mut pattern = String::with_capacity(text.len() + 8);
        pattern.push_str(before);
        for character in text.chars() {
            if matches!(character, '%' | '_' | ESCAPE) {
                pattern.push(ESCAPE);
            }
            pattern.push(character);
        }
        pattern.push_str(after);
        Self(pattern)
    }
}

impl Bind for Pattern {
    const KIND: ValueType = ValueType::Text;

    fn value(&self) -> Result<Value<'_>, BindError> {
        Ok(Value::Text(Cow::Borrowed(&self.0)))
    }
}

/// Contains input of a caller.
impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pattern(..)")
    }
}

/// The operand of `LIKE`: a [`Pattern`], a reference to one, an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an escaped pattern",
    label = "its `%` and `_` would be wildcards",
    note = "write `LIKE {{contains(&text)}}`, `{{starts_with(&text)}}` or `{{ends_with(&text)}}` of `palisade::sql`"
)]
pub trait PatternBind: Bind + Sealed {}

pub trait Sealed {}

impl Sealed for Pattern {}
impl PatternBind for Pattern {}
impl<T: Sealed + ?Sized> Sealed for &T {}
impl<T: PatternBind + ?Sized> PatternBind for &T {}
impl<T: Sealed> Sealed for Option<T> {}
impl<T: PatternBind> PatternBind for Option<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_stands_for_itself() {
        let cases = [
            (contains("a"), "%a%"),
            (contains(""), "%%"),
            (starts_with("50%_!"), "50!%!_!!%"),
            (ends_with("\\'"), "%\\'"),
            (contains("%%%%"), "%!%!%!%!%%"),
        ];
        for (pattern, text) in cases {
            assert_eq!(pattern.0, text);
        }
        assert_eq!(format!("{:?}", contains("secret")), "Pattern(..)");
    }
}
