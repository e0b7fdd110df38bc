//! Counts that many threads raise without waiting for each other.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering},
};

const STRIPES: usize = 16;

/// Counts of so many kinds, kept in several cache lines: under a flood every check counts, and one
/// line that all threads write would cost more than the check.
#[derive(Debug)]
pub(super) struct Tally<const KINDS: usize = 1>([Stripe<KINDS>; STRIPES]);

#[derive(Debug)]
#[repr(align(64))]
struct Stripe<const KINDS: usize>([AtomicU64; KINDS]);

impl<const KINDS: usize> Default for Tally<KINDS> {
    fn default() -> Self {
        Self(array::from_fn(|_| Stripe(array::from_fn(|_| AtomicU64::new(0)))))
    }
}

impl<const KINDS: usize> Tally<KINDS> {
    /// Counts one of a kind; nothing for a kind that there is not.
    pub(super) fn add(&self, kind: usize) {
        let stripe = usize::try_from(thread_number()).unwrap_or(0) % STRIPES;
        if let Some(count) = self.0.get(stripe).and_then(|stripe| stripe.0.get(kind)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many of a kind there were.
    pub(super) fn sum(&self, kind: usize) -> u64 {
        let counts = self.0.iter().filter_map(|stripe| stripe.0.get(kind));
        counts.fold(0, |sum, count| sum.wrapping_add(count.load(Ordering::Relaxed)))
    }
}

impl Tally {
    pub(super) fn add_one(&self) {
        self.add(0);
    }

    pub(super) fn total(&self) -> u64 {
        self.sum(0)
    }
}

/// A number that no other thread of this process has.
pub(super) fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}

#[cfg(test)]
mod tests {
    use super::{STRIPES, Tally, thread_number};
    use std::thread;

    #[test]
    fn nothing_is_lost_between_threads() {
        let tally: Tally<2> = Tally::default();
        thread::scope(|scope| {
            for _ in 0..STRIPES + 1 {
                scope.spawn(|| (0..1_000).for_each(|_| tally.add(1)));
            }
        });
        assert_eq!((tally.sum(0), tally.sum(1), tally.sum(2)), (0, 1_000 * 17, 0));
    }

    #[test]
    fn every_thread_has_its_number() {
        let mine = thread_number();
        assert_eq!(thread_number(), mine);
        assert_ne!(thread::spawn(thread_number).join().unwrap(), mine);
    }
}
