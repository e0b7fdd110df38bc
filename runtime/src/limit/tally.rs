//! Counters that many threads increment without waiting for each other.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering},
};

/// Stripes that are each written by one thread.
const OWNED: usize = 32;
/// Stripes that all other threads share, if there are more at a time.
const COMMON: usize = 16;

/// Counters of several kinds, in several cache lines: under a flood every check counts, and one
/// line that all threads write would cost more than the check.
///
/// A thread with a stripe of its own reads and writes it, without an atomic addition: that would
/// delay the reads of the next check until it is done.
#[derive(Debug)]
pub(crate) struct Tally<const KINDS: usize = 1> {
    owned: [Stripe<KINDS>; OWNED],
    common: [Stripe<KINDS>; COMMON],
}

#[derive(Debug)]
#[repr(align(64))]
struct Stripe<const KINDS: usize>([AtomicU64; KINDS]);

impl<const KINDS: usize> Default for Stripe<KINDS> {
    fn default() -> Self {
        Self(array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl<const KINDS: usize> Default for Tally<KINDS> {
    fn default() -> Self {
        Self {
            owned: array::from_fn(|_| Stripe::default()),
            common: array::from_fn(|_| Stripe::default()),
        }
    }
}

impl<const KINDS: usize> Tally<KINDS> {
    /// Increments the counter of a kind; an unknown kind is ignored.
    #[inline]
    pub(crate) fn add(&self, kind: usize) {
        match Owned::of_this_thread().and_then(|number| self.owned.get(number)) {
            Some(stripe) => {
                if let Some(count) = stripe.0.get(kind) {
                    // Only the thread that owns the stripe writes here.
                    let counted = count.load(Ordering::Relaxed);
                    count.store(counted.wrapping_add(1), Ordering::Relaxed);
                }
            }
            None => self.add_in_common(kind),
        }
    }

    #[cold]
    fn add_in_common(&self, kind: usize) {
        let thread = usize::try_from(thread_number()).unwrap_or(0);
        let stripe = self.common.get(thread % COMMON);
        if let Some(count) = stripe.and_then(|stripe| stripe.0.get(kind)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The sum of a kind.
    pub(crate) fn sum(&self, kind: usize) -> u64 {
        let stripes = self.owned.iter().chain(&self.common);
        let counts = stripes.filter_map(|stripe| stripe.0.get(kind));
        counts.fold(0, |sum, count| sum.wrapping_add(count.load(Ordering::Relaxed)))
    }
}

impl Tally {
    pub(crate) fn add_one(&self) {
        self.add(0);
    }

    pub(crate) fn total(&self) -> u64 {
        self.sum(0)
    }
}

/// The number of the stripe that a thread owns, until the thread ends.
#[derive(Debug)]
struct Owned(Option<usize>);

/// A bit for each number that is in use.
static TAKEN: AtomicU64 = AtomicU64::new(0);
const _: () = assert!(OWNED < u64::BITS as usize);

thread_local! {
    static STRIPE: Owned = Owned::take();
}

impl Owned {
    /// `None` while all are taken, and at the end of a thread.
    #[inline]
    fn of_this_thread() -> Option<usize> {
        STRIPE.try_with(|owned| owned.0).ok().flatten()
    }

    #[cold]
    fn take() -> Self {
        // The thread that had the number before has released it, and its last counts are visible
        // here.
        let lowest = TAKEN.fetch_update(Ordering::Acquire, Ordering::Relaxed, |taken| {
            ((!taken).trailing_zeros() < u32::try_from(OWNED).ok()?).then_some(taken | (taken + 1))
        });
        Self(lowest.ok().and_then(|taken| usize::try_from((!taken).trailing_zeros()).ok()))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(number) = self.0.take() {
            TAKEN.fetch_and(!(1 << number), Ordering::Release);
        }
    }
}

/// A number that no other thread of this process has or had.
pub(super) fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.with(|number| *number)
}

#[cfg(test)]
mod tests {
    use super::{COMMON, OWNED, Tally, thread_number};
    use std::{sync::atomic::Ordering, thread};

    #[test]
    fn nothing_is_lost_between_threads() {
        // More than have a stripe to themselves, and so many that stripes are shared.
        const THREADS: u64 = (OWNED + COMMON + 8) as u64;
        let tally: Tally<2> = Tally::default();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..1_000).for_each(|_| tally.add(1)));
            }
        });
        assert_eq!((tally.sum(0), tally.sum(1), tally.sum(2)), (0, 1_000 * THREADS, 0));
    }

    #[test]
    fn threads_that_follow_each_other_count_in_the_same_stripe() {
        let tally: Tally = Tally::default();
        for _ in 0..3 * OWNED {
            thread::scope(|scope| {
                scope.spawn(|| tally.add_one());
            });
        }
        let common = |stripe: &super::Stripe<1>| stripe.0[0].load(Ordering::Relaxed);
        assert_eq!(tally.common.iter().map(common).sum::<u64>(), 0);
        assert_eq!(tally.total(), 3 * OWNED as u64);
    }

    #[test]
    fn every_thread_has_its_number() {
        let mine = thread_number();
        assert_eq!(thread_number(), mine);
        assert_ne!(thread::spawn(thread_number).join().unwrap(), mine);
    }
}
