//! How long a browser caches the response to a preflight request: `10 min`.

use palisade_policy::LONGEST_MAX_AGE;

use super::{Flaw, amount::Amount};
use crate::diagnostic::Code;

/// Reads the time for which the answer to a preflight request is kept, in seconds: a day at most.
///
/// Units are `s`, `min` and `h`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn max_age(text: &str) -> Result<u32, Flaw> {
    let amount = Amount::split(text);
    let factor = match amount.unit {
        "s" => 1,
        "min" => 60,
        "h" => 3_600,
        _ => {
            return Err(Flaw::new(Code::CorsMaxAge, format!("`{text}` is not a duration"))
                .help("write a whole number and `s`, `min` or `h`: `10 min`"));
        }
    };
    let seconds = amount.count().and_then(|count| count.checked_mul(factor));
    match seconds.and_then(|seconds| u32::try_from(seconds).ok()) {
        Some(seconds) if seconds <= LONGEST_MAX_AGE => Ok(seconds),
        _ if amount.digits.is_empty() => {
            Err(Flaw::new(Code::CorsMaxAge, format!("time `{text}` does not start with a number"))
                .help("write a whole number and `s`, `min` or `h`: `10 min`"))
        }
        _ => Err(Flaw::new(Code::CorsMaxAge, format!("`{text}` is longer than a day"))
            .help("browsers keep it for a day at most, and a shorter list should take effect")),
    }
}

#[cfg(test)]
mod tests {
    use super::max_age;

    #[test]
    fn a_day_is_the_longest() {
        for (text, seconds) in [("0 s", 0), ("10 min", 600), ("24 h", 86_400), ("86400 s", 86_400)]
        {
            assert_eq!(max_age(text).ok(), Some(seconds), "{text}");
        }
        for bad in ["", "10", "min", "25 h", "86401 s", "-1 s", "1 day", "1.5 h", "9999999999999 h"]
        {
            assert!(max_age(bad).is_err(), "{bad}");
        }
    }
}
