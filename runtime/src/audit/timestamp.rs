//! Times in the format of RFC 3339.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A time in UTC with microseconds: `2026-12-01T08:30:00.000000Z`.
pub(super) struct Timestamp(pub(super) SystemTime);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A clock before 1970 is wrong whatever it says.
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let micros = since.subsec_micros();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// The date so many days after 1970-01-01, in the proleptic Gregorian calendar. Years begin in March, so
/// that the day of a leap year is the last one.
fn civil(days: u64) -> (u64, u64, u64) {
    // Days since 0000-03-01; an era is the 400 years after which the calendar repeats.
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, of_month)
}

/// Reads a time as [`Timestamp`] writes it; `None` for any other text.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let seconds = days
        .checked_mul(86_400)?
        .checked_add(number(11, 13)?.checked_mul(3_600)?)?
        .checked_add(number(14, 16)?.checked_mul(60)?)?
        .checked_add(number(17, 19)?)?;
    let micros = number(20, 26)?;
    let since = Duration::from_secs(seconds).checked_add(Duration::from_micros(micros))?;
    let time = UNIX_EPOCH.checked_add(since)?;
    // A month of 99 days, a sign, and other separators are written otherwise.
    (Timestamp(time).to_string() == text).then_some(time)
}

/// How many days after 1970-01-01 a date is: the reverse of [`civil`].
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) =
        if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month + 2) / 5 + day.checked_sub(1)?;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, parse};
    use proptest::{prop_assert_eq, proptest};
    use std::time::{Duration, UNIX_EPOCH};

    proptest! {
        #[test]
        fn times_come_back(micros in 0_u64..8_000_000_000_000_000) {
            let time = UNIX_EPOCH + Duration::from_micros(micros);
            prop_assert_eq!(parse(&Timestamp(time).to_string()), Some(time));
        }

        #[test]
        fn other_texts_are_no_times(text in "[0-9T:.Z+-]{0,30}") {
            let same = parse(&text).is_none_or(|time| Timestamp(time).to_string() == text);
            prop_assert_eq!(same, true);
        }
    }

    #[test]
    fn other_forms_are_not_read() {
        for text in [
            "",
            "1969-12-31T23:59:59.000000Z",
            "2026-02-29T00:00:00.000000Z",
            "2026-12-01T24:00:00.000000Z",
            "2026-12-01T00:00:60.000000Z",
            "2026-12-01T00:00:00.000000+00:00",
            "2026-12-01 00:00:00.000000Z",
            "2026-12-01T00:00:00Z",
            "+026-12-01T00:00:00.000000Z",
            "2026-00-01T00:00:00.000000Z",
            "2026-12-00T00:00:00.000000Z",
            "2026-99-99T99:99:99.999999Z",
            "\u{660}026-12-01T00:00:00.000000Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_written_in_utc() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_800, "2000-03-01T00:00:00.000000Z"),
            (1_796_083_200, "2026-12-01T00:00:00.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
            (4_102_444_799, "2099-12-31T23:59:59.000000Z"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(Timestamp(time).to_string(), text);
        }
        let time = UNIX_EPOCH + Duration::from_micros(1_250_001);
        assert_eq!(Timestamp(time).to_string(), "1970-01-01T00:00:01.250001Z");
    }
}
