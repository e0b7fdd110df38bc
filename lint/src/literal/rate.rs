//! Rates: `10/minute`, `100/30 s`.

use super::{Flaw, amount::Amount};
use crate::diagnostic::{Code, did_you_mean};

/// The limiter counts arrivals in microseconds; a faster rate has no spacing that it can hold.
const MAX_PER_SECOND: u64 = 1_000_000;

/// 30 days.
const MAX_WINDOW: u64 = 30 * 86_400;

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

/// So many units in each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Units per window; at least 1.
    pub quota: u32,
    /// The window in seconds; at least 1.
    pub window: u64,
}

/// Reads a rate: `count/unit` or `count/number unit`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn rate(text: &str) -> Result<Rate, Flaw> {
    let malformed = |message: String| {
        Flaw::new(Code::MalformedRate, message)
            .help("write a count and a window: `10/minute`, `100/30 s`")
    };
    let Some((count, window)) = text.split_once('/') else {
        return Err(malformed(format!("rate `{text}` has no window")));
    };
    // A space on both sides of the slash reads well and means nothing else.
    let count = count.strip_suffix(' ').unwrap_or(count);
    let window = window.strip_prefix(' ').unwrap_or(window);
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed(format!("rate `{text}` does not start with a whole number")));
    }
    let window = seconds(window, &malformed)?;
    let quota = count.parse::<u32>().ok();
    if quota == Some(0) {
        return Err(Flaw::new(Code::ZeroRate, "a rate of zero refuses every request")
            .help("remove the endpoint, or say how often it may be called"));
    }
    match quota {
        Some(quota) if u64::from(quota) <= window.saturating_mul(MAX_PER_SECOND) => {
            Ok(Rate { quota, window })
        }
        _ => {
            Err(Flaw::new(Code::RateTooHigh, format!("rate `{text}` is more than can be counted"))
                .help("at most 1000000 per second and 4294967295 per window"))
        }
    }
}

fn seconds(window: &str, malformed: &impl Fn(String) -> Flaw) -> Result<u64, Flaw> {
    let out_of_range = || {
        Flaw::new(Code::RateWindow, format!("window `{window}` is not within a second to 30 days"))
            .help("count per `second` or longer, at most per `30 days`")
    };
    let amount = Amount::split(window);
    let count = if amount.digits.is_empty() { Some(1) } else { amount.count() };
    if amount.unit.is_empty() {
        return Err(malformed(format!("window `{window}` of a rate has no unit")));
    }
    if FINER.contains(&amount.unit) {
        return Err(out_of_range());
    }
    let Some((_, factor)) = UNITS.iter().find(|(unit, _)| *unit == amount.unit) else {
        let flaw = malformed(format!("unknown window `{}` of a rate", amount.unit));
        return Err(match did_you_mean(amount.unit, UNITS.iter().map(|(unit, _)| *unit)) {
            Some(near) => flaw.help(format!("did you mean `{near}`?")),
            None => flaw.help("the windows are `second`, `minute`, `hour` and `day`"),
        });
    };
    match count.and_then(|count| count.checked_mul(*factor)) {
        Some(seconds) if (1..=MAX_WINDOW).contains(&seconds) => Ok(seconds),
        _ => Err(out_of_range()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Code, Flaw, MAX_WINDOW, Rate, rate};

    fn code(text: &str) -> Code {
        rate(text).unwrap_err().code
    }

    #[test]
    fn windows_are_read() {
        assert_eq!(rate("10/minute"), Ok(Rate { quota: 10, window: 60 }));
        assert_eq!(rate("10 / minute"), Ok(Rate { quota: 10, window: 60 }));
        assert_eq!(rate("100/30 s"), Ok(Rate { quota: 100, window: 30 }));
        assert_eq!(rate("100/30s"), Ok(Rate { quota: 100, window: 30 }));
        assert_eq!(rate("5/2 hours"), Ok(Rate { quota: 5, window: 7_200 }));
        assert_eq!(rate("1000000/second"), Ok(Rate { quota: 1_000_000, window: 1 }));
    }

    #[test]
    fn wrong_rates_are_refused() {
        for text in ["", "10", "/minute", "10/", "ten/minute", "1.5/s", "-1/s", "10/5", "10/minut"]
        {
            assert_eq!(code(text), Code::MalformedRate, "{text}");
        }
        for text in ["10/ms", "10/500 ms", "10/0 s", "10/31 days", "1/18446744073709551615 d"] {
            assert_eq!(code(text), Code::RateWindow, "{text}");
        }
        for text in ["1000001/second", "4294967296/day", "99999999999999999999/day"] {
            assert_eq!(code(text), Code::RateTooHigh, "{text}");
        }
        assert_eq!(code("0/minute"), Code::ZeroRate);
        let Flaw { help, .. } = rate("10/minut").unwrap_err();
        assert_eq!(help.as_deref(), Some("did you mean `minute`?"));
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_in_range(text in "[0-9 ]{0,12}/?[ 0-9a-z]{0,12}") {
            if let Ok(Rate { quota, window }) = rate(&text) {
                prop_assert!(quota > 0 && (1..=MAX_WINDOW).contains(&window));
                prop_assert!(u64::from(quota) <= window * 1_000_000);
            }
        }

        #[test]
        fn never_panics_on_any_text(text in ".{0,24}") {
            let _ = rate(&text);
        }
    }
}
