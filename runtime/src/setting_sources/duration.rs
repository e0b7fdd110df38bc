//! Times in the environment.

use std::time::Duration;

/// The units of a time; `ms` before `s`, which it ends with.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];

/// `100 ms`, `75 s`, `2 min` or `1 h`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (unit, scale) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
    let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
    Some(Duration::from_millis(number.checked_mul(scale)?))
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn times_have_a_unit() {
        for (text, millis) in [
            ("100 ms", 100),
            ("2s", 2_000),
            ("75 s", 75_000),
            ("2 min", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "100", "ms", "-1 s", "1 m", "1.5 s", "99999999999999999999 s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
