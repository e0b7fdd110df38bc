//! Windows of time: `minute`, `30 s`, `2 hours`.

use super::amount::Amount;
use crate::diagnostic::did_you_mean;

const UNITS: &[(&str, u64)] = &[
    ("second", 1),
    ("seconds", 1),
    ("s", 1),
    ("minute", 60),
    ("minutes", 60),
    ("min", 60),
    ("hour", 3_600),
    ("hours", 3_600),
    ("h", 3_600),
    ("day", 86_400),
    ("days", 86_400),
    ("d", 86_400),
];

const FINER: &[&str] = &["ms", "millisecond", "milliseconds", "us", "microsecond", "ns"];

/// What is wrong with a window.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WindowFlaw<'a> {
    /// No unit follows the number.
    NoUnit,
    /// The unit is none, though it may be near to one.
    UnknownUnit(&'a str, Option<&'static str>),
    /// It is finer than a second, or more than can be counted.
    OutOfRange,
}

/// Reads a window in seconds: a unit, or a number of them. Zero is for the caller to refuse.
pub(super) fn seconds(window: &str) -> Result<u64, WindowFlaw<'_>> {
    let amount = Amount::split(window);
    let count = if amount.digits.is_empty() { Some(1) } else { amount.count() };
    if amount.unit.is_empty() {
        return Err(WindowFlaw::NoUnit);
    }
    if FINER.contains(&amount.unit) {
        return Err(WindowFlaw::OutOfRange);
    }
    let Some((_, factor)) = UNITS.iter().find(|(unit, _)| *unit == amount.unit) else {
        let near = did_you_mean(amount.unit, UNITS.iter().map(|(unit, _)| *unit));
        return Err(WindowFlaw::UnknownUnit(amount.unit, near));
    };
    count.and_then(|count| count.checked_mul(*factor)).ok_or(WindowFlaw::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::{WindowFlaw, seconds};

    #[test]
    fn windows_are_a_unit_or_a_number_of_them() {
        assert_eq!(seconds("minute"), Ok(60));
        assert_eq!(seconds("30 s"), Ok(30));
        assert_eq!(seconds("2 hours"), Ok(7_200));
        assert_eq!(seconds("0 s"), Ok(0));
        assert_eq!(seconds("10"), Err(WindowFlaw::NoUnit));
        assert_eq!(seconds(""), Err(WindowFlaw::NoUnit));
        assert_eq!(seconds("minut"), Err(WindowFlaw::UnknownUnit("minut", Some("minute"))));
        assert_eq!(seconds("500 ms"), Err(WindowFlaw::OutOfRange));
        assert_eq!(seconds("18446744073709551615 d"), Err(WindowFlaw::OutOfRange));
    }
}
