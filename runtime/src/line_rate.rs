//! How many lines of the log one cause may write, where what clients do decides how often it comes.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Moment;

const SECOND: u64 = 1_000_000;

/// A rate of lines: a burst, then so many a second. Suppressed lines are counted, and the next line
/// has their number.
#[derive(Debug)]
pub(crate) struct LineRate {
    burst: u64,
    /// Microseconds between two lines.
    interval: u64,
    /// When the rate has recovered, in microseconds.
    until: AtomicU64,
    suppressed: AtomicU64,
}

impl LineRate {
    /// `per_second` is at least one.
    pub(crate) const fn new(burst: u64, per_second: u64) -> Self {
        Self {
            burst,
            interval: SECOND / if per_second == 0 { 1 } else { per_second },
            until: AtomicU64::new(0),
            suppressed: AtomicU64::new(0),
        }
    }

    /// One line in so many seconds.
    pub(crate) const fn each(seconds: u64) -> Self {
        Self {
            burst: 1,
            interval: SECOND.saturating_mul(seconds),
            until: AtomicU64::new(0),
            suppressed: AtomicU64::new(0),
        }
    }

    /// Whether a line may be written; how many were not since the last.
    pub(crate) fn take(&self, now: Moment) -> Option<u64> {
        let now = now.as_micros();
        let most = now.saturating_add(self.burst.saturating_mul(self.interval));
        let taken = self.until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |until| {
            let next = until.max(now).saturating_add(self.interval);
            (next <= most).then_some(next)
        });
        if taken.is_err() {
            self.suppressed.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.suppressed.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::LineRate;
    use crate::clock::Moment;

    #[test]
    fn a_burst_passes_then_a_rate_and_the_rest_is_told() {
        let rate = LineRate::new(10, 5);
        let at = |millis: u64| Moment::from_nanos(millis * 1_000_000);
        // A thousand a second for ten seconds.
        let told: Vec<_> = (0..10_000).filter_map(|i| rate.take(at(i))).collect();
        assert!((58..=60).contains(&told.len()), "{}", told.len());
        assert_eq!(told[..10], [0; 10]);
        let last = rate.take(at(20_000)).unwrap();
        let written = u64::try_from(told.len()).unwrap() + 1;
        assert_eq!(told.iter().sum::<u64>() + last + written, 10_001);
    }
}
