//! A count that many threads raise without waiting for each other.

use std::sync::atomic::{AtomicU64, Ordering};

const STRIPES: usize = 16;

/// A count kept in several cache lines: under a flood of keys every check evicts, and one line
/// that all threads write would cost more than the check.
#[derive(Debug, Default)]
pub(super) struct Tally([Stripe; STRIPES]);

#[derive(Debug, Default)]
#[repr(align(64))]
struct Stripe(AtomicU64);

impl Tally {
    pub(super) fn add_one(&self) {
        let stripe = usize::try_from(thread_number()).unwrap_or(0) % STRIPES;
        if let Some(stripe) = self.0.get(stripe) {
            stripe.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, stripe| sum.wrapping_add(stripe.0.load(Ordering::Relaxed)))
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
        let tally = Tally::default();
        thread::scope(|scope| {
            for _ in 0..STRIPES + 1 {
                scope.spawn(|| (0..1_000).for_each(|_| tally.add_one()));
            }
        });
        assert_eq!(tally.total(), 1_000 * 17);
    }

    #[test]
    fn every_thread_has_its_number() {
        let mine = thread_number();
        assert_eq!(thread_number(), mine);
        assert_ne!(thread::spawn(thread_number).join().unwrap(), mine);
    }
}
