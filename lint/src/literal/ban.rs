//! Bans: `10 refusals in 10 minutes, 1 hour`.

use std::time::Duration;

use palisade_policy::Ban;

use super::{
    Flaw,
    window::{self, WindowFlaw},
};
use crate::diagnostic::Code;

const MAX_REFUSALS: u32 = 10_000;

/// 30 days, as long as the longest window of a rate.
const MAX_WITHIN: u64 = 30 * 86_400;

/// 50 days; what should last longer is for a list of networks, or for a person.
const MAX_LASTS: u64 = 50 * 86_400;

/// Reads a ban: `N refusals in WINDOW, TIME`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn ban(text: &str) -> Result<Ban, Flaw> {
    let malformed = |message: String| {
        Flaw::new(Code::MalformedBan, message).help(
            "write after how many refusals, and for how long: `10 refusals in 10 minutes, 1 hour`",
        )
    };
    let Some((condition, lasts)) = text.split_once(',') else {
        return Err(malformed(format!("ban `{text}` has no duration")));
    };
    let Some((refusals, within)) = condition.split_once(" in ") else {
        return Err(malformed(format!("ban `{text}` has no number of refusals")));
    };
    let count = refusals.strip_suffix(" refusals").or_else(|| refusals.strip_suffix(" refusal"));
    let Some(count) =
        count.filter(|count| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
    else {
        return Err(malformed(format!("`{refusals}` is not a number of refusals")));
    };
    let time = |text: &str, max: u64, days: u64, what: &str| {
        let out_of_range = || {
            Flaw::new(
                Code::BanOutOfRange,
                format!("{what}, `{text}`, is not within a second to {days} days"),
            )
            .help(format!("write a time of at most `{days} days`"))
        };
        match window::seconds(text) {
            Ok(seconds) if (1..=max).contains(&seconds) => Ok(seconds),
            Ok(_) | Err(WindowFlaw::OutOfRange) => Err(out_of_range()),
            Err(WindowFlaw::NoUnit) => {
                Err(malformed(format!("time `{text}` of a ban has no unit")))
            }
            Err(WindowFlaw::UnknownUnit(unit, near)) => {
                let flaw = malformed(format!("unknown unit `{unit}` of a ban"));
                Err(match near {
                    Some(near) => flaw.help(format!("did you mean `{near}`?")),
                    None => flaw.help("the units are `second`, `minute`, `hour` and `day`"),
                })
            }
        }
    };
    let within = time(within, MAX_WITHIN, 30, "the time of the refusals")?;
    // One space after the comma at most, as everywhere in these texts.
    let lasts = lasts.strip_prefix(' ').unwrap_or(lasts);
    let lasts = time(lasts, MAX_LASTS, 50, "the time of the ban")?;
    match count.parse::<u32>() {
        Ok(refusals) if (1..=MAX_REFUSALS).contains(&refusals) => {
            let (within, lasts) = (Duration::from_secs(within), Duration::from_secs(lasts));
            Ok(Ban { refusals, within, lasts })
        }
        _ => Err(Flaw::new(Code::BanOutOfRange, format!("a ban after {count} refusals"))
            .help(format!("write 1 to {MAX_REFUSALS} refusals"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Ban, Code, Duration, MAX_LASTS, MAX_REFUSALS, MAX_WITHIN, ban};

    const fn time(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn bans_say_when_and_how_long() {
        let hour = Ban { refusals: 10, within: time(600), lasts: time(3_600) };
        assert_eq!(ban("10 refusals in 10 minutes, 1 hour"), Ok(hour));
        assert_eq!(ban("10 refusals in 10 min,hour"), Ok(hour));
        let longest = Ban { refusals: 1, within: time(MAX_WITHIN), lasts: time(MAX_LASTS) };
        assert_eq!(ban("1 refusal in 30 days, 50 days"), Ok(longest));
    }

    #[test]
    fn wrong_bans_are_refused() {
        for text in [
            "",
            "1 hour",
            "10 refusals in 10 minutes",
            "10 refusals, 1 hour",
            "10 in 10 minutes, 1 hour",
            "ten refusals in 10 minutes, 1 hour",
            "-1 refusals in 10 minutes, 1 hour",
            "10 refusals in 10, 1 hour",
            "10 refusals in 10 minutes, 1 our",
            "10 refusals in 10 minutes,  1 hour",
            "10 refusals in 10 minutes, 1 hour, 2 hours",
        ] {
            assert_eq!(ban(text).unwrap_err().code, Code::MalformedBan, "{text}");
        }
        for text in [
            "0 refusals in 10 minutes, 1 hour",
            "10001 refusals in 10 minutes, 1 hour",
            "99999999999 refusals in 10 minutes, 1 hour",
            "10 refusals in 0 s, 1 hour",
            "10 refusals in 31 days, 50 days",
            "10 refusals in 10 minutes, 0 s",
            "10 refusals in 10 minutes, 51 days",
            "10 refusals in 10 minutes, 500 ms",
        ] {
            assert_eq!(ban(text).unwrap_err().code, Code::BanOutOfRange, "{text}");
        }
        let help = ban("10 refusals in 10 minuetes, 1 hour").unwrap_err().help;
        assert_eq!(help.as_deref(), Some("did you mean `minutes`?"));
    }

    proptest! {
        #[test]
        fn never_panics_and_stays_in_range(
            text in "[0-9]{0,6}( refusals)?( in )?[0-9a-z ]{0,10},?[0-9a-z ]{0,10}"
        ) {
            if let Ok(Ban { refusals, within, lasts }) = ban(&text) {
                prop_assert!((1..=MAX_REFUSALS).contains(&refusals));
                prop_assert!((1..=MAX_WITHIN).contains(&within.as_secs()));
                prop_assert!((1..=MAX_LASTS).contains(&lasts.as_secs()));
            }
        }

        #[test]
        fn never_panics_on_any_text(text in ".{0,32}") {
            let _ = ban(&text);
        }
    }
}
