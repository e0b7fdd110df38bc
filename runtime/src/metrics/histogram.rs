//! Durations, counted in buckets.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The upper bound of a bucket.
#[derive(Debug)]
pub(super) struct Bound {
    nanos: u64,
    /// In seconds, as the exposition has it.
    pub(super) text: &'static str,
}

const fn bound(micros: u64, text: &'static str) -> Bound {
    Bound { nanos: micros * 1_000, text }
}

/// From a handler in memory to the longest usual deadline.
pub(super) const BOUNDS: [Bound; 14] = [
    bound(1_000, "0.001"),
    bound(2_500, "0.0025"),
    bound(5_000, "0.005"),
    bound(10_000, "0.01"),
    bound(25_000, "0.025"),
    bound(50_000, "0.05"),
    bound(100_000, "0.1"),
    bound(250_000, "0.25"),
    bound(500_000, "0.5"),
    bound(1_000_000, "1.0"),
    bound(2_500_000, "2.5"),
    bound(5_000_000, "5.0"),
    bound(10_000_000, "10.0"),
    bound(30_000_000, "30.0"),
];

/// The buckets, and one for longer durations.
const BUCKETS: usize = BOUNDS.len() + 1;

/// Durations that one thread counts and others read.
#[derive(Debug)]
pub(super) struct Histogram {
    counts: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
}

/// The sums of histograms.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    /// Each bucket by itself, the last one without a bound.
    pub(super) counts: [u64; BUCKETS],
    pub(super) nanos: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: array::from_fn(|_| AtomicU64::new(0)), nanos: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// Counts one duration; called by one thread alone.
    pub(super) fn observe(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|bound| nanos <= bound.nanos);
        if let Some(count) = self.counts.get(bucket.unwrap_or(BOUNDS.len())) {
            raise(count, 1);
        }
        raise(&self.nanos, nanos);
    }

    /// The same for a histogram that any thread writes.
    #[cfg(feature = "metrics")]
    pub(super) fn observe_shared(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|bound| nanos <= bound.nanos);
        if let Some(count) = self.counts.get(bucket.unwrap_or(BOUNDS.len())) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    pub(super) fn add_to(&self, sum: &mut Snapshot) {
        for (sum, count) in sum.counts.iter_mut().zip(&self.counts) {
            *sum = sum.wrapping_add(count.load(Ordering::Relaxed));
        }
        sum.nanos = sum.nanos.wrapping_add(self.nanos.load(Ordering::Relaxed));
    }
}

impl Snapshot {
    pub(super) fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.wrapping_add(*count))
    }
}

/// Raises a count that one thread alone writes: without the bus lock of an atomic addition.
pub(super) fn raise(count: &AtomicU64, by: u64) {
    count.store(count.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Histogram, Snapshot};
    use std::time::Duration;

    #[test]
    fn the_bounds_are_those_of_their_texts() {
        for bound in &BOUNDS {
            let seconds: f64 = bound.text.parse().unwrap();
            assert_eq!(Duration::from_secs_f64(seconds), Duration::from_nanos(bound.nanos));
        }
        assert!(BOUNDS.is_sorted_by(|a, b| a.nanos < b.nanos));
    }

    #[test]
    fn a_duration_belongs_to_the_first_bound_that_it_does_not_exceed() {
        let histogram = Histogram::default();
        for millis in [0, 1, 2, 31_000] {
            histogram.observe(Duration::from_millis(millis));
        }
        let mut sum = Snapshot::default();
        histogram.add_to(&mut sum);
        assert_eq!((sum.counts[0], sum.counts[1], sum.counts[BOUNDS.len()]), (2, 1, 1));
        assert_eq!((sum.total(), sum.nanos), (4, 31_003_000_000));
    }
}
