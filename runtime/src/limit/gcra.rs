//! The arithmetic of a limit: GCRA, in whole microseconds.
//!
//! The state of a key is one number, its *backlog*: the time until everything that it has spent has
//! recovered. The backlog shrinks with time; a request adds its charge, and is refused if the sum
//! would exceed the charge of a full burst. No other state is needed, and nothing here reads a
//! clock.

use std::{fmt, num::NonZeroU64, time::Duration};

/// The longest time in which a full burst may recover: 50 days.
pub(super) const LONGEST: u64 = 50 * 86_400 * 1_000_000;

/// One limit, ready for use.
#[derive(Clone, Copy, Debug)]
pub struct Gcra {
    /// Microseconds in which one unit recovers.
    interval: NonZeroU64,
    /// The backlog of a full burst.
    tolerance: u64,
    /// Units that may be spent at once.
    burst: u32,
}

/// The state of a key in a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request was, or would be, admitted.
    pub allowed: bool,
    /// Remaining whole units.
    pub remaining: u32,
    /// If allowed, the time until one more unit has recovered; if not, the time until this request
    /// would pass.
    pub wait: Duration,
}

/// Why a limit is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitError {
    /// Quota, window, burst or cost is zero.
    Zero(&'static str),
    /// One request costs more than may be spent at once, so no request would pass.
    CostAboveBurst {
        /// Units of one request.
        cost: u32,
        /// Units that may be spent at once.
        burst: u32,
    },
    /// More than a million units a second.
    TooFast,
    /// A full burst takes more than 50 days to recover.
    TooLong,
    /// The name is not 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
    Name(&'static str),
    /// `store = shared` without a configured store. Carries the name.
    NoSharedStore(&'static str),
    /// `store = shared` on a concurrency limit: an instance that is killed would leave its requests
    /// counted for ever. Carries the name.
    SharedInFlight(&'static str),
    /// A ban has 1 to 10,000 refusals in at most 50 days, and lasts at most 50 days. Carries the
    /// name.
    Ban(&'static str),
    /// A limit that only tracks refuses no request, so that it cannot ban. Carries the name.
    TrackedBan(&'static str),
    /// The largest body costs more than may be spent at once, so it would never pass. In bytes.
    BodyAboveBurst {
        /// The endpoint's cap on a body.
        cap: u64,
        /// What may be spent at once.
        burst: u64,
    },
}

impl Gcra {
    /// The limit of `quota` units per `window`, `burst` of them at once, `cost` for each request.
    ///
    /// The time of one unit is rounded up to a whole microsecond: a limit is never looser than
    /// written, and a fraction of a percent stricter above some 10,000 units a second.
    ///
    /// # Errors
    ///
    /// A limit that would admit nothing, or that the table cannot represent.
    pub fn new(quota: u32, window: Duration, burst: u32, cost: u32) -> Result<Self, LimitError> {
        let window = u64::try_from(window.as_micros()).map_err(|_| LimitError::TooLong)?;
        for (name, value) in [
            ("quota", u64::from(quota)),
            ("window", window),
            ("burst", u64::from(burst)),
            ("cost", u64::from(cost)),
        ] {
            if value == 0 {
                return Err(LimitError::Zero(name));
            }
        }
        if cost > burst {
            return Err(LimitError::CostAboveBurst { cost, burst });
        }
        if u64::from(quota) > window {
            return Err(LimitError::TooFast);
        }
        let interval = NonZeroU64::new(window.div_ceil(u64::from(quota)));
        let interval = interval.ok_or(LimitError::Zero("window"))?;
        let tolerance = interval.get().checked_mul(u64::from(burst)).ok_or(LimitError::TooLong)?;
        // The window counts by itself too: a day's worth of slack is all that the table has.
        if tolerance > LONGEST || window > LONGEST {
            return Err(LimitError::TooLong);
        }
        Ok(Self { interval, tolerance, burst })
    }

    /// The backlog with these units added.
    ///
    /// # Errors
    ///
    /// The microseconds to wait until they would pass; practically never for more than a burst.
    #[inline]
    pub const fn spend(&self, backlog: u64, units: u32) -> Result<u64, u64> {
        let after = backlog.saturating_add(self.charge(units));
        if after > self.tolerance { Err(after - self.tolerance) } else { Ok(after) }
    }

    /// The backlog after so many units are returned that would have recovered in `left`
    /// microseconds.
    ///
    /// The part of them that has recovered since is not returned too: a caller has at most as much
    /// left as if it had not sent the request.
    pub fn refund(&self, backlog: u64, units: u32, left: u64) -> u64 {
        backlog.saturating_sub(self.charge(units).min(left))
    }

    /// What so many units add to the backlog, in microseconds.
    #[inline]
    pub const fn charge(&self, units: u32) -> u64 {
        self.interval.get().saturating_mul(units as u64)
    }

    /// The time in which one unit recovers, in microseconds.
    pub const fn interval(&self) -> u64 {
        self.interval.get()
    }

    /// The time in which a full burst recovers, in microseconds.
    pub const fn tolerance(&self) -> u64 {
        self.tolerance
    }

    /// The decision on an admitted request that left this backlog.
    #[inline]
    pub fn granted(&self, backlog: u64) -> Decision {
        let (remaining, wait) = self.standing(backlog);
        Decision { allowed: true, remaining, wait: Duration::from_micros(wait) }
    }

    /// The decision on a refused request that found this backlog.
    #[inline]
    pub fn refused(&self, backlog: u64, wait: u64) -> Decision {
        let (remaining, _) = self.standing(backlog);
        Decision { allowed: false, remaining, wait: Duration::from_micros(wait) }
    }

    /// The decision on a request of so many units: `Ok` with the backlog that it left, `Err` with
    /// the one that it found.
    #[inline]
    pub fn decision(&self, taken: Result<u64, u64>, units: u32) -> Decision {
        match taken {
            Ok(after) => self.granted(after),
            Err(backlog) => self.refused(backlog, self.wait(backlog, units)),
        }
    }

    /// Microseconds until so many units pass for a key with this backlog.
    const fn wait(&self, backlog: u64, units: u32) -> u64 {
        backlog.saturating_add(self.charge(units)).saturating_sub(self.tolerance)
    }

    /// Whether a request of so many units would pass with this backlog; spends nothing.
    pub fn survey(&self, backlog: u64, units: u32) -> Decision {
        match self.spend(backlog, units) {
            Ok(_) => self.granted(backlog),
            Err(wait) => self.refused(backlog, wait),
        }
    }

    /// Remaining whole units, and the microseconds until there is one more.
    #[inline]
    fn standing(&self, backlog: u64) -> (u32, u64) {
        let Some(last) = backlog.checked_sub(1) else {
            return (self.burst, 0);
        };
        // Units not yet back are `full + 1`, the last of them in part.
        let full = last / self.interval;
        let remaining = u64::from(self.burst).saturating_sub(full + 1);
        (u32::try_from(remaining).unwrap_or(0), backlog - full * self.interval.get())
    }
}

impl Decision {
    /// The decision of an ask before a store has answered: a refusal.
    pub(super) const OPEN: Self = Self { allowed: false, remaining: 0, wait: Duration::ZERO };

    /// [`Decision::wait`] in whole seconds, rounded up, so that waiting for it is sufficient.
    pub const fn wait_seconds(&self) -> u64 {
        let rest = if self.wait.subsec_nanos() > 0 { 1 } else { 0 };
        self.wait.as_secs().saturating_add(rest)
    }
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero(what) => write!(f, "the {what} of a limit must be at least 1"),
            Self::CostAboveBurst { cost, burst } => write!(
                f,
                "one request costs {cost} units, but at most {burst} can be spent at once"
            ),
            Self::TooFast => f.write_str("a limit counts at most 1000000 units a second"),
            Self::TooLong => f.write_str("a limit looks back at most 50 days"),
            Self::Name(name) => {
                write!(f, "the limit name {name:?} is not 1 to 64 characters of a-z, 0-9, _ and -")
            }
            Self::NoSharedStore(name) => write!(
                f,
                "the limit {name:?} is shared between instances, and there is no store for that: set \
                 PALISADE_REDIS_URL"
            ),
            Self::SharedInFlight(name) => write!(
                f,
                "the limit {name:?} counts requests under way, which each instance does by itself: \
                 remove `store = shared`"
            ),
            Self::Ban(name) => write!(
                f,
                "the ban of the limit {name:?} must be of 1 to 10000 refusals in at most 50 days, \
                 and for at most 50 days"
            ),
            Self::TrackedBan(name) => {
                write!(f, "the limit {name:?} only tracks and refuses no request: remove its ban")
            }
            Self::BodyAboveBurst { cap, burst } => write!(
                f,
                "a body may have {cap} bytes (`body_limit`), but at most {burst} can be spent at \
                 once (`burst`): lower the one or raise the other"
            ),
        }
    }
}

impl std::error::Error for LimitError {}

#[cfg(test)]
mod tests {
    use super::{Gcra, LimitError};
    use proptest::prelude::*;
    use std::time::Duration;

    const MINUTE: Duration = Duration::from_secs(60);

    /// The same limit in another model: a bucket that fills, in microseconds of credit.
    struct Bucket {
        capacity: u64,
        credit: u64,
        charge: u64,
        interval: u64,
        at: u64,
    }

    impl Bucket {
        fn new(quota: u32, window: Duration, burst: u32, cost: u32) -> Self {
            let interval = u64::try_from(window.as_micros()).unwrap().div_ceil(u64::from(quota));
            let capacity = interval * u64::from(burst);
            let charge = interval * u64::from(cost);
            Self { capacity, credit: capacity, charge, interval, at: 0 }
        }

        fn take(&mut self, now: u64) -> (bool, u32) {
            self.credit = self.capacity.min(self.credit + (now - self.at));
            self.at = now;
            let allowed = self.credit >= self.charge;
            if allowed {
                self.credit -= self.charge;
            }
            (allowed, u32::try_from(self.credit / self.interval).unwrap())
        }
    }

    fn limits() -> impl Strategy<Value = (u32, Duration, u32, u32)> {
        // The longest of these is a quota of one in a day, 49 at once: within the 50 days.
        (1_u32..2_000, 1_u64..=86_400, 1_u32..50).prop_flat_map(|(quota, window, burst)| {
            (Just(quota), Just(Duration::from_secs(window)), Just(burst), 1..=burst)
        })
    }

    proptest! {
        #[test]
        fn it_decides_as_a_bucket_does(
            (quota, window, burst, cost) in limits(),
            pauses in prop::collection::vec((0_u64..4, 0_u64..1_000), 1..200),
        ) {
            let gcra = Gcra::new(quota, window, burst, cost).unwrap();
            let mut bucket = Bucket::new(quota, window, burst, cost);
            let (mut now, mut paid_at) = (0, 0);
            for (units, thousandths) in pauses {
                now += bucket.interval * units + bucket.interval * thousandths / 1_000;
                let backlog = u64::saturating_sub(paid_at, now);
                let decision = match gcra.spend(backlog, cost) {
                    Ok(after) => {
                        paid_at = now + after;
                        gcra.granted(after)
                    }
                    Err(wait) => {
                        prop_assert!(gcra.spend(backlog.saturating_sub(wait), cost).is_ok());
                        prop_assert!(gcra.spend(backlog.saturating_sub(wait - 1), cost).is_err());
                        gcra.refused(backlog, wait)
                    }
                };
                prop_assert_eq!((decision.allowed, decision.remaining), bucket.take(now));
            }
        }

        #[test]
        fn the_next_unit_is_back_after_the_wait((quota, window, burst, cost) in limits()) {
            let gcra = Gcra::new(quota, window, burst, cost).unwrap();
            let backlog = gcra.spend(0, cost).unwrap();
            let decision = gcra.granted(backlog);
            let wait = u64::try_from(decision.wait.as_micros()).unwrap();
            prop_assert_eq!(gcra.survey(backlog - wait, cost).remaining, decision.remaining + 1);
            prop_assert_eq!(gcra.survey(backlog - wait + 1, cost).remaining, decision.remaining);
        }
    }

    #[test]
    fn ten_a_minute_are_ten_and_then_one_each_six_seconds() {
        let gcra = Gcra::new(10, MINUTE, 10, 1).unwrap();
        let mut backlog = 0;
        for left in (0..10).rev() {
            backlog = gcra.spend(backlog, 1).unwrap();
            assert_eq!(gcra.granted(backlog).remaining, left);
            assert_eq!(gcra.granted(backlog).wait, Duration::from_secs(6));
        }
        assert_eq!(gcra.spend(backlog, 1), Err(6_000_000));
        assert_eq!(gcra.spend(backlog - 6_000_000, 1), Ok(backlog));
    }

    #[test]
    fn a_refund_is_the_inverse_and_never_a_credit() {
        let gcra = Gcra::new(10, MINUTE, 10, 2).unwrap();
        let once = gcra.spend(0, 2).unwrap();
        let twice = gcra.spend(once, 2).unwrap();
        assert_eq!(gcra.refund(twice, 2, twice), once);
        assert_eq!(gcra.refund(1, 2, u64::MAX), 0);
    }

    #[test]
    fn what_time_has_paid_is_not_given_back() {
        let gcra = Gcra::new(10, MINUTE, 10, 1).unwrap();
        // One unit reserved, of which two of its six seconds are left; another one since.
        let backlog = gcra.spend(2_000_000, 1).unwrap();
        assert_eq!(gcra.refund(backlog, 1, 2_000_000), 6_000_000);
        // All of it has recovered: the other unit stays spent.
        assert_eq!(gcra.refund(6_000_000, 1, 0), 6_000_000);
    }

    #[test]
    fn what_admits_nothing_or_does_not_fit_is_refused() {
        let error = |quota, window, burst, cost| Gcra::new(quota, window, burst, cost).unwrap_err();
        assert_eq!(error(0, MINUTE, 1, 1), LimitError::Zero("quota"));
        assert_eq!(error(1, Duration::ZERO, 1, 1), LimitError::Zero("window"));
        assert_eq!(error(1, MINUTE, 0, 1), LimitError::Zero("burst"));
        assert_eq!(error(1, MINUTE, 1, 0), LimitError::Zero("cost"));
        assert_eq!(error(9, MINUTE, 3, 4), LimitError::CostAboveBurst { cost: 4, burst: 3 });
        assert_eq!(error(1_000_001, Duration::from_secs(1), 1, 1), LimitError::TooFast);
        assert_eq!(error(1, MINUTE * 60 * 24 * 51, 1, 1), LimitError::TooLong);
        assert_eq!(error(1, MINUTE, u32::MAX, 1), LimitError::TooLong);
        assert_eq!(error(1, Duration::MAX, u32::MAX, 1), LimitError::TooLong);
    }

    #[test]
    fn a_wait_is_rounded_up() {
        let gcra = Gcra::new(7, MINUTE, 7, 1).unwrap();
        let decision = gcra.granted(gcra.spend(0, 1).unwrap());
        assert_eq!(decision.wait, Duration::from_micros(8_571_429));
        assert_eq!(decision.wait_seconds(), 9);
    }

    #[test]
    fn more_than_a_burst_never_passes_and_nothing_overflows() {
        let gcra = Gcra::new(1, MINUTE * 60 * 24 * 50, 1, 1).unwrap();
        assert!(gcra.spend(0, 1).is_ok());
        for units in [2, u32::MAX] {
            assert!(gcra.spend(0, units).is_err());
            assert!(gcra.spend(u64::MAX, units).is_err());
        }
        assert_eq!(gcra.spend(7, 0), Ok(7));
    }
}
