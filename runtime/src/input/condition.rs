//! Conditions on values in addition to their rules.
//!
//! Some rules of `validator` accept more than their names suggest. For those the derive emits a
//! condition of palisade, which is checked together with the rule, on the same value, and is
//! reported with the rule's code.

use std::{borrow::Cow, marker::PhantomData};

use validator::{AsRegex, ValidateEmail, ValidateUrl};

use super::{
    anchor::is_whole, bounded::FieldType, email::is_email, pointer::Pointer, report::Report,
    text::Text, url::is_url,
};

/// The path to a value, as a linked list on the stack, so that it costs only if a fault is
/// reported.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    above: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl At<'_> {
    /// The whole value.
    pub(super) fn root() -> Self {
        At { above: None, step: Step::Root }
    }

    /// A field.
    pub fn name<'b>(&'b self, name: &'b str) -> At<'b> {
        At { above: Some(self), step: Step::Name(name) }
    }

    /// An element of a list.
    pub fn index(&self, index: usize) -> At<'_> {
        At { above: Some(self), step: Step::Index(index) }
    }

    pub(super) fn pointer(&self) -> Pointer {
        let above = self.above.map(Self::pointer).unwrap_or_default();
        match self.step {
            Step::Root => above,
            Step::Name(name) => above.name(name),
            Step::Index(index) => above.index(index),
        }
    }
}

/// The type of a field, for finding its conditions.
///
/// They are found by a path and not as a method: no trait of the service can have precedence over
/// them.
#[derive(Debug)]
pub struct Inner<T: ?Sized>(PhantomData<T>);

impl<T: FieldType> Inner<T> {
    /// Reports the violated conditions.
    pub fn conditions_of(value: &T, at: &At<'_>, report: &mut Report) {
        value.conditions(at, report);
    }
}

/// The conditions of all other types: none. Such a field has a reason, or causes a compile error of
/// its own.
pub trait OfNothing<T: ?Sized> {
    /// Reports no violation.
    fn conditions_of(_: &T, _: &At<'_>, _: &mut Report) {}
}

impl<T: ?Sized> OfNothing<T> for Inner<T> {}

/// For `#[validate(email)]`: text that every parser reads as one address, and that cannot end a
/// header.
pub fn check_email<T: ValidateEmail + ?Sized>(
    value: &T,
    code: &'static str,
    at: &At<'_>,
    report: &mut Report,
) {
    if value.as_email_string().is_some_and(|text| !is_email(&text)) {
        report.push_once(at, code);
    }
}

/// For `#[validate(url)]`: an address with one of these schemes.
pub fn check_url<T: ValidateUrl + ?Sized>(
    value: &T,
    schemes: &[&str],
    code: &'static str,
    at: &At<'_>,
    report: &mut Report,
) {
    if value.as_url_string().is_some_and(|text| !is_url(&text, schemes)) {
        report.push_once(at, code);
    }
}

/// A parsed address, whose field may list its schemes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no scheme of its own",
    label = "`#[input(schemes(..))]` goes with the rule `url`, or with `url::Url`",
    note = "`url::Url` is input with palisade's feature `url`"
)]
pub trait HasScheme {
    #[doc(hidden)]
    fn check(&self, schemes: &[&str], at: &At<'_>, report: &mut Report);
}

impl<T: HasScheme> HasScheme for Option<T> {
    fn check(&self, schemes: &[&str], at: &At<'_>, report: &mut Report) {
        if let Some(address) = self {
            address.check(schemes, at, report);
        }
    }
}

impl<T: HasScheme> HasScheme for Vec<T> {
    fn check(&self, schemes: &[&str], at: &At<'_>, report: &mut Report) {
        for (index, address) in self.iter().enumerate() {
            address.check(schemes, &at.index(index), report);
        }
    }
}

/// Replaces the conditions of an address: one with these schemes.
pub fn check_schemes<T: HasScheme + ?Sized>(
    value: &T,
    schemes: &[&str],
    at: &At<'_>,
    report: &mut Report,
) {
    value.check(schemes, at, report);
}

/// A string that may be the number of a card.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be checked as the number of a card",
    note = "`#[validate(credit_card)]` goes with `String`, `Text<..>` and `Option` of these"
)]
pub trait CardNumber {
    #[doc(hidden)]
    fn digits(&self) -> Option<&str>;
}

impl CardNumber for String {
    fn digits(&self) -> Option<&str> {
        Some(self)
    }
}

impl CardNumber for Cow<'_, str> {
    fn digits(&self) -> Option<&str> {
        Some(self)
    }
}

impl<const MAX: usize> CardNumber for Text<MAX> {
    fn digits(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: CardNumber> CardNumber for Option<T> {
    fn digits(&self) -> Option<&str> {
        self.as_ref()?.digits()
    }
}

/// For `#[validate(credit_card)]`: 12 to 19 ASCII digits (ISO/IEC 7812-1), so that each card has
/// one spelling.
pub fn check_credit_card<T: CardNumber + ?Sized>(
    value: &T,
    code: &'static str,
    at: &At<'_>,
    report: &mut Report,
) {
    let is_number = |text: &str| {
        (12..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if value.digits().is_some_and(|text| !is_number(text)) {
        report.push_once(at, code);
    }
}

/// Properties of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Anchored {
    /// Whether it only matches whole texts.
    pub(super) is_whole: bool,
    /// Whether it excludes any of the special characters.
    pub(super) is_limit: bool,
}

/// Characters that have a meaning where the string is used later, one per string.
const TELLING: [&str; 9] = ["/", "\\", "<", "'", "\"", "%", " ", "\u{1}", "\u{202e}"];

/// Whether a pattern only matches whole texts: it begins with `^` and ends with `$` in each of its
/// alternatives. In Rust `$` is the end of the text, not of a line. And whether it excludes any
/// character with a meaning elsewhere, which `^.*$` does not.
pub fn is_anchored(pattern: &(impl AsRegex + ?Sized)) -> Anchored {
    let pattern = pattern.as_regex();
    // Alone, for a pattern of few characters; repeated, for one of many.
    let takes = |text: &str| pattern.is_match(text) || pattern.is_match(&text.repeat(16));
    let find = |text: &str| pattern.find(text).map(|found| found.len());
    Anchored {
        is_whole: is_whole(pattern.as_str(), &find),
        is_limit: !TELLING.into_iter().all(takes),
    }
}

#[cfg(test)]
mod tests {
    use regex::{Regex, RegexBuilder};

    use super::is_anchored;

    #[test]
    fn a_pattern_is_anchored_in_all_of_its_alternatives() {
        for good in ["^a$", r"\Aa\z", "^(a|b)$", "^a$|^b$", "^[a-z]+(?:-[a-z]+)*$", "^$", "(?i)^a$"]
        {
            assert!(is_anchored(&Regex::new(good).unwrap()).is_whole, "{good}");
        }
        for open in ["^.*$", "^.+$", "^.$", "^.{1,60}$", "(?s)^.{16}$", r"^[^\n]*$"] {
            let pattern = Regex::new(open).unwrap();
            assert!(!is_anchored(&pattern).is_limit, "{open}");
        }
        for bad in ["a", "^a", "a$", "^a|b$", "^a$|b", "(?m)^a$", r"^a\$", "(^a)?b$", "", "a^b$c"] {
            assert!(!is_anchored(&Regex::new(bad).unwrap()).is_whole, "{bad}");
        }
    }

    #[test]
    fn a_pattern_of_a_builder_is_judged_with_the_builders_options() {
        let is_whole = |pattern: &str, set: fn(&mut RegexBuilder) -> &mut RegexBuilder| {
            is_anchored(&set(&mut RegexBuilder::new(pattern)).build().unwrap()).is_whole
        };
        for pattern in ["^[a-z]+$", "^$", "^.*$", "^(a|b)$", "^a{2,3}$", "^a$|^b$"] {
            assert!(!is_whole(pattern, |b| b.multi_line(true)), "{pattern}");
            assert!(!is_whole(pattern, |b| b.multi_line(true).crlf(true)), "{pattern}");
            assert!(!is_whole(pattern, |b| b.multi_line(true).line_terminator(b';')), "{pattern}");
        }
        // A comment takes the end of the pattern away.
        for pattern in ["^[a-z]+ # id$", "^b$|^a #$", "^[a-z]+#$"] {
            assert!(!is_whole(pattern, |b| b.ignore_whitespace(true)), "{pattern}");
            assert!(is_whole(pattern, |b| b), "{pattern}");
        }
        for pattern in ["^ [a-z] + $", "^ a | ^ b $ # or", "^[a-z]+(?: - [a-z]+ )* $ # a slug"] {
            let whole = !pattern.contains("a |");
            assert_eq!(is_whole(pattern, |b| b.ignore_whitespace(true)), whole, "{pattern}");
        }
        for pattern in ["^[a-z]+$", "^.+$", r"^\w{1,9}$", r"^\b[-a-z]+\b$", "^(?:é|ü)+$"] {
            assert!(is_whole(pattern, |b| b.case_insensitive(true)), "{pattern}");
            assert!(is_whole(pattern, |b| b.dot_matches_new_line(true)), "{pattern}");
            assert!(is_whole(pattern, |b| b.swap_greed(true)), "{pattern}");
        }
    }
}
