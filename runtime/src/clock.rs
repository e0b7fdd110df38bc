//! The clock, which is read once per request and passed on.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A point in time: nanoseconds since the clock was first read.
///
/// It never goes back, so it is suitable for limits and deadlines. Stages get it as an argument
/// instead of reading the clock: a request reads it once, and a test can set any time.
///
/// ```
/// use palisade::Moment;
/// use std::time::Duration;
///
/// let start = Moment::from_nanos(5_000);
/// let later = start.after(Duration::from_secs(1));
/// assert_eq!(later.since(start), Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// Reads the clock.
    pub fn now() -> Self {
        Self(nanos(START.elapsed()))
    }

    /// The moment this many nanoseconds after the start of the process.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start of the process.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds since the start of the process.
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000
    }

    /// The moment `wait` later; stays at the end of time if that lies beyond it (584 years).
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(nanos(wait)))
    }

    /// The time since `earlier`; zero if that is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Seconds since 1970 at this moment, by the system's clock.
    ///
    /// The offset between the two clocks is updated once per second, so that a corrected system
    /// clock takes effect without a second reading per request. With an invalid system time (before
    /// 1970) this returns `u64::MAX`, at which every token has expired.
    pub fn unix_seconds(self) -> u64 {
        WALL.seconds_at(self, wall_nanos)
    }
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static WALL: Wall = Wall::new();

/// How long the offset between the clocks is used.
const TRUST: u64 = 1_000_000_000;

/// The system's time at the start of the process, computed from its present time.
struct Wall {
    /// Nanoseconds from 1970 to the start of the process; `u64::MAX` if the clock is wrong.
    origin: AtomicU64,
    /// When the origin is to be updated; 0 before the first time.
    due: AtomicU64,
}

impl Wall {
    const fn new() -> Self {
        Self { origin: AtomicU64::new(u64::MAX), due: AtomicU64::new(0) }
    }

    fn seconds_at(&self, moment: Moment, wall: impl Fn() -> (Moment, Option<u64>)) -> u64 {
        // The acquire pairs with the release below: a thread that sees the new date sees its
        // origin.
        let origin = if moment.0 >= self.due.load(Ordering::Acquire) {
            // Not `moment`: it may be as old as the request, and would shift the origin by that.
            let (read_at, unix) = wall();
            let origin = unix.map_or(u64::MAX, |unix| unix.saturating_sub(read_at.0));
            self.origin.store(origin, Ordering::Relaxed);
            self.due.store(read_at.0.saturating_add(TRUST), Ordering::Release);
            origin
        } else {
            self.origin.load(Ordering::Relaxed)
        };
        origin.checked_add(moment.0).map_or(u64::MAX, |nanos| nanos / 1_000_000_000)
    }
}

fn wall_nanos() -> (Moment, Option<u64>) {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(nanos);
    (Moment::now(), unix)
}

/// Nanoseconds of a duration; 584 years for any longer one.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Moment, Wall};
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_clock_does_not_go_back() {
        let first = Moment::now();
        let second = Moment::now();
        assert!(second >= first);
        assert_eq!(first.since(second.after(Duration::from_secs(1))), Duration::ZERO);
    }

    #[test]
    fn the_wall_clock_is_the_systems() {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let ours = Moment::now().unix_seconds();
        assert!(ours.abs_diff(system) <= 1, "{ours} is not {system}");
    }

    #[test]
    fn a_corrected_system_clock_is_followed_after_a_second() {
        let wall = Wall::new();
        let at = |second: u64, unix: u64| {
            let moment = Moment::from_nanos(second * SECOND);
            wall.seconds_at(moment, || (moment, Some(unix * SECOND)))
        };
        assert_eq!(at(10, 1_000), 1_000);
        let early = Moment::from_nanos(10 * SECOND + SECOND / 2);
        assert_eq!(wall.seconds_at(early, || unreachable!("read too often")), 1_000);
        assert_eq!(at(12, 5_000), 5_000);
    }

    #[test]
    fn a_clock_before_1970_lets_every_token_expire() {
        let wall = Wall::new();
        let now = Moment::from_nanos(SECOND);
        assert_eq!(wall.seconds_at(now, || (now, None)), u64::MAX);
    }
}
