//! Rates: `10/minute`, `100/30 s`, `10 MiB/hour`.

use palisade_policy::Unit;

use super::{
    Flaw,
    amount::Amount,
    size,
    window::{self, WindowFlaw},
};
use crate::diagnostic::Code;

/// The limiter counts arrivals in microseconds; a faster rate has no spacing that it can hold.
const MAX_PER_SECOND: u64 = 1_000_000;

/// 30 days.
const MAX_WINDOW: u64 = 30 * 86_400;

/// So many units in each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What one unit is: a request or a KiB.
    pub unit: Unit,
    /// Units per window; at least 1.
    pub quota: u32,
    /// The window in seconds; at least 1.
    pub window: u64,
}

/// Reads a rate: `count/unit` or `count/number unit`, where the count may be a size.
///
/// # Errors
///
/// What is wrong with the text.
pub fn rate(text: &str) -> Result<Rate, Flaw> {
    let Some((count, window)) = text.split_once('/') else {
        return Err(malformed(format!("rate `{text}` has no window")));
    };
    // A space on both sides of the slash reads well and means nothing else.
    let count = count.strip_suffix(' ').unwrap_or(count);
    let window = window.strip_prefix(' ').unwrap_or(window);
    let amount = Amount::split(count);
    if amount.digits.is_empty() {
        return Err(malformed(format!("rate `{text}` does not start with a whole number")));
    }
    let (unit, factor) = match amount.unit {
        // `10 /minute` lost its space above; what is left of `10  /minute` was not meant.
        "" if amount.digits == count => (Unit::Requests, 1),
        other => (Unit::Kibibytes, kibibytes(other, text)?),
    };
    let window = seconds(window)?;
    let quota = amount.count().and_then(|count| count.checked_mul(factor));
    let quota = quota.and_then(|quota| u32::try_from(quota).ok());
    if quota == Some(0) {
        return Err(Flaw::new(Code::ZeroRate, "a rate of zero refuses every request")
            .help("remove the endpoint, or say how often it may be called"));
    }
    match quota {
        Some(quota) if u64::from(quota) <= window.saturating_mul(MAX_PER_SECOND) => {
            Ok(Rate { unit, quota, window })
        }
        _ => {
            let most = if unit == Unit::Kibibytes {
                "at most 1000000 KiB per second and 4095 GiB per window"
            } else {
                "at most 1000000 per second and 4294967295 per window"
            };
            Err(Flaw::new(Code::RateTooHigh, format!("rate `{text}` is more than can be counted"))
                .help(most))
        }
    }
}

/// Reads the burst of a rate of bytes: a size in whole KiB; returns it in KiB.
///
/// # Errors
///
/// What is wrong with the text.
pub fn byte_burst(text: &str) -> Result<u64, Flaw> {
    let amount = Amount::split(text);
    let count = (!amount.digits.is_empty() && !amount.unit.is_empty())
        .then(|| kibibytes(amount.unit, text).map(|factor| (amount.count(), factor)));
    match count.transpose()? {
        // Above every quota: the comparison of both reports it.
        Some((count, factor)) => {
            Ok(count.and_then(|count| count.checked_mul(factor)).unwrap_or(u64::MAX))
        }
        None => Err(Flaw::new(Code::MalformedSize, format!("`{text}` is not a size"))
            .help("write a whole number and a unit: `64 KiB`")),
    }
}

fn malformed(message: String) -> Flaw {
    Flaw::new(Code::MalformedRate, message)
        .help("write a count and a window: `10/minute`, `100/30 s`, `10 MiB/hour`")
}

/// How many KiB a unit of bytes is.
fn kibibytes(unit: &str, text: &str) -> Result<u64, Flaw> {
    match unit {
        "KiB" => Ok(1),
        "MiB" => Ok(1 << 10),
        "GiB" => Ok(1 << 20),
        "B" => Err(malformed(format!("`{text}` counts single bytes"))
            .help("bytes are counted in whole `KiB`, `MiB` or `GiB`")),
        "request" | "requests" | "req" => {
            Err(malformed(format!("`{unit}` is not a unit of a rate"))
                .help(format!("leave `{unit}` out: a number without a unit counts requests")))
        }
        other => {
            let flaw = malformed(format!("unknown unit `{}` of a rate", other.escape_debug()));
            Err(match size::meant(other) {
                Some(near) => flaw.help(format!("did you mean `{near}`?")),
                None => flaw,
            })
        }
    }
}

fn seconds(window: &str) -> Result<u64, Flaw> {
    let out_of_range = || {
        Flaw::new(Code::RateWindow, format!("window `{window}` is not within a second to 30 days"))
            .help("count per `second` or longer, at most per `30 days`")
    };
    match window::seconds(window) {
        Ok(seconds) if (1..=MAX_WINDOW).contains(&seconds) => Ok(seconds),
        Ok(_) | Err(WindowFlaw::OutOfRange) => Err(out_of_range()),
        Err(WindowFlaw::NoUnit) => {
            Err(malformed(format!("window `{window}` of a rate has no unit")))
        }
        Err(WindowFlaw::UnknownUnit(unit, near)) => {
            let flaw = malformed(format!("unknown window `{unit}` of a rate"));
            Err(match near {
                Some(near) => flaw.help(format!("did you mean `{near}`?")),
                None => flaw.help("the windows are `second`, `minute`, `hour` and `day`"),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Code, Flaw, MAX_WINDOW, Rate, Unit, byte_burst, rate};

    fn code(text: &str) -> Code {
        rate(text).unwrap_err().code
    }

    #[test]
    fn windows_are_read() {
        let unit = Unit::Requests;
        assert_eq!(rate("10/minute"), Ok(Rate { unit, quota: 10, window: 60 }));
        assert_eq!(rate("10 / minute"), Ok(Rate { unit, quota: 10, window: 60 }));
        assert_eq!(rate("100/30 s"), Ok(Rate { unit, quota: 100, window: 30 }));
        assert_eq!(rate("100/30s"), Ok(Rate { unit, quota: 100, window: 30 }));
        assert_eq!(rate("5/2 hours"), Ok(Rate { unit, quota: 5, window: 7_200 }));
        assert_eq!(rate("1000000/second"), Ok(Rate { unit, quota: 1_000_000, window: 1 }));
    }

    #[test]
    fn bytes_are_counted_in_kibibytes() {
        let unit = Unit::Kibibytes;
        assert_eq!(rate("64 KiB/minute"), Ok(Rate { unit, quota: 64, window: 60 }));
        assert_eq!(rate("10 MiB/hour"), Ok(Rate { unit, quota: 10_240, window: 3_600 }));
        assert_eq!(rate("10MiB / 2 h"), Ok(Rate { unit, quota: 10_240, window: 7_200 }));
        assert_eq!(rate("1 GiB/day"), Ok(Rate { unit, quota: 1 << 20, window: 86_400 }));
        for text in ["512 B/minute", "10 MB/hour", "10 requests/hour", "1.5 MiB/hour", "MiB/hour"] {
            assert_eq!(code(text), Code::MalformedRate, "{text}");
        }
        for text in ["1 GiB/second", "4096 GiB/30 days", "18446744073709551615 GiB/day"] {
            assert_eq!(code(text), Code::RateTooHigh, "{text}");
        }
        assert_eq!(code("0 KiB/minute"), Code::ZeroRate);
        let help = rate("10 MB/hour").unwrap_err().help;
        assert_eq!(help.as_deref(), Some("did you mean `MiB`?"));
        assert_eq!(byte_burst("1 MiB"), Ok(1_024));
        assert_eq!(byte_burst("18446744073709551615 GiB"), Ok(u64::MAX));
        for text in ["", "5", "KiB", "5 KB", "5 B"] {
            assert!(byte_burst(text).is_err(), "{text}");
        }
    }

    #[test]
    fn wrong_rates_are_refused() {
        for text in [
            "",
            "10",
            "/minute",
            "10/",
            "ten/minute",
            "1.5/s",
            "-1/s",
            "10/5",
            "10/minut",
            "10  /s",
        ] {
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
        fn never_panics_and_stays_in_range(text in "[0-9 ]{0,12}[KMG]?(iB)?/?[ 0-9a-z]{0,12}") {
            if let Ok(Rate { quota, window, .. }) = rate(&text) {
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
