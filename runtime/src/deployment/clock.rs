//! Whether the clock can be right.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use palisade_policy::deploy::Clock;

/// 2026-10-01, before any service could be built with this version.
const RELEASED: Duration = Duration::from_secs(1_790_812_800);

/// A file may have been written on a machine whose time zone was mistaken for another.
const DAY: Duration = Duration::from_secs(86_400);

/// How far apart two clocks may be. Tokens are judged with a tolerance of a minute at most.
#[cfg(any(test, feature = "redis", feature = "postgres", feature = "mysql"))]
const TOLERANCE: u64 = 30;

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What is wrong with the clock, by what this machine knows.
pub(crate) fn fault_of_clock() -> Option<Clock> {
    let written = std::env::current_exe()
        .and_then(std::fs::metadata)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    fault(Duration::from_secs(now()), written)
}

fn fault(now: Duration, written: Option<Duration>) -> Option<Clock> {
    if now < RELEASED {
        return Some(Clock::BeforeRelease);
    }
    let behind = written?.checked_sub(now)?;
    (behind > DAY).then_some(Clock::BehindBuild(behind.as_secs()))
}

/// A clock of another machine that is too far from this one.
#[cfg(any(test, feature = "redis", feature = "postgres", feature = "mysql"))]
pub(crate) fn apart(whose: &'static str, other: u64, now: u64) -> Option<Clock> {
    let seconds = other.abs_diff(now);
    (seconds > TOLERANCE).then_some(Clock::Apart(whose, seconds))
}

#[cfg(test)]
mod tests {
    use palisade_policy::deploy::Clock;

    use super::{DAY, RELEASED, apart, fault, fault_of_clock};

    #[test]
    fn a_clock_that_cannot_be_right_is_told() {
        let (minute, day) = (RELEASED / 1_000_000, DAY);
        assert_eq!(fault(RELEASED - minute, None), Some(Clock::BeforeRelease));
        assert_eq!(fault(RELEASED, Some(RELEASED + day + day)), Some(Clock::BehindBuild(172_800)));
        assert_eq!(fault(RELEASED, Some(RELEASED + day)), None);
        assert_eq!(fault(RELEASED + day, Some(RELEASED)), None);
        // Reproducible builds have files of 1970.
        assert_eq!(fault(RELEASED, Some(DAY)), None);
        assert_eq!(fault_of_clock(), None);
    }

    #[test]
    fn clocks_may_be_a_little_apart() {
        assert_eq!(apart("Redis", 100, 130), None);
        assert_eq!(apart("Redis", 100, 131), Some(Clock::Apart("Redis", 31)));
        assert_eq!(apart("Redis", 200, 100), Some(Clock::Apart("Redis", 100)));
    }
}
