//! Deadlines: `5 s`.

use std::time::Duration;

use super::{Flaw, amount::Amount};
use crate::diagnostic::{Code, did_you_mean};

/// The longest deadline.
pub const LONGEST_DEADLINE: Duration = Duration::from_secs(3_600);

const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];

/// Reads the deadline of a handler or of a body: above zero, at most an hour.
///
/// Units are `ms`, `s`, `min` and `h`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn deadline(text: &str) -> Result<Duration, Flaw> {
    let malformed = |message: String| {
        Flaw::new(Code::MalformedDuration, message).help("write a whole number and a unit: `5 s`")
    };
    let amount = Amount::split(text);
    if amount.digits.is_empty() {
        return Err(malformed(format!("time `{text}` does not start with a number")));
    }
    if amount.unit.is_empty() {
        return Err(malformed(format!("time `{text}` has no unit")));
    }
    let Some((_, factor)) = UNITS.iter().find(|(unit, _)| *unit == amount.unit) else {
        let flaw = malformed(format!("unknown unit `{}` of a time", amount.unit));
        return Err(match meant(amount.unit) {
            Some(near) => flaw.help(format!("did you mean `{near}`?")),
            None => flaw.help("the units are `ms`, `s`, `min` and `h`"),
        });
    };
    match amount.count().and_then(|count| count.checked_mul(*factor)) {
        Some(0) => Err(Flaw::new(Code::DurationOutOfRange, "a deadline of zero lets nothing run")
            .help("write the time that it may take: `5 s`")),
        Some(millis) if Duration::from_millis(millis) <= LONGEST_DEADLINE => {
            Ok(Duration::from_millis(millis))
        }
        _ => Err(Flaw::new(Code::DurationOutOfRange, format!("time `{text}` is above one hour"))
            .help("work that takes longer belongs in a job, not in a request")),
    }
}

/// The unit that is meant by a longer or foreign spelling.
fn meant(unit: &str) -> Option<&'static str> {
    match unit {
        "sec" | "secs" | "second" | "seconds" | "S" => Some("s"),
        "m" | "mins" | "minute" | "minutes" => Some("min"),
        "hr" | "hour" | "hours" => Some("h"),
        "millis" | "millisecond" | "milliseconds" => Some("ms"),
        other => did_you_mean(other, UNITS.iter().map(|(unit, _)| *unit)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{Code, LONGEST_DEADLINE, deadline};

    #[test]
    fn times_have_a_unit() {
        assert_eq!(deadline("500 ms"), Ok(Duration::from_millis(500)));
        assert_eq!(deadline("5 s"), Ok(Duration::from_secs(5)));
        assert_eq!(deadline("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(deadline("2 min"), Ok(Duration::from_secs(120)));
        assert_eq!(deadline("1 h"), Ok(LONGEST_DEADLINE));
    }

    #[test]
    fn wrong_times_are_refused() {
        for text in ["", "5", "s", "5 seconds", "5 m", "0.5 s", "5 s ", "-5 s"] {
            assert_eq!(deadline(text).unwrap_err().code, Code::MalformedDuration, "{text}");
        }
        for text in ["0 s", "2 h", "99999999999999999999 s", "18446744073709551615 h"] {
            assert_eq!(deadline(text).unwrap_err().code, Code::DurationOutOfRange, "{text}");
        }
        assert_eq!(deadline("5 m").unwrap_err().help.as_deref(), Some("did you mean `min`?"));
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_in_range(text in ".{0,24}") {
            if let Ok(time) = deadline(&text) {
                prop_assert!(time > Duration::ZERO && time <= LONGEST_DEADLINE);
            }
        }
    }
}
