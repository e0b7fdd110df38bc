//! The content of one slot of the table: the key, and until when, in 64 bits.
//!
//! ```text
//!  63            44 43                                            0
//! +----------------+-----------------------------------------------+
//! | tag            | moment at which everything spent is paid back |   a member
//! | tag            | 1111 | number of the thread that is claiming  |   a claim
//! | 0              | 0                                             |   free
//! +----------------+-----------------------------------------------+
//! ```
//!
//! Moments are on a ring of microseconds, 190 days around. A moment at most [`HORIZON`] ahead of
//! now is the end of a backlog; every other one is in the past. That reading stays correct as long
//! as no past moment is kept for the rest of the way around (140 days), and the table sweeps every
//! 13.

use super::gcra::LONGEST;
use crate::clock::Moment;

const TIME_BITS: u32 = 44;
const TIME_MASK: u64 = (1 << TIME_BITS) - 1;

/// The end of the ring; the times from here to the end of the field mark claims.
pub(super) const RING: u64 = 15 << 40;

/// How far ahead of now a backlog may reach.
pub(super) const HORIZON: u64 = 1 << 42;

/// The last bits of a moment that a count may replace, so that a count of up to [`MOST`] costs a
/// time 16 milliseconds of its precision.
const COUNT_BITS: u32 = 14;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// The largest count.
pub(super) const MOST: u64 = COUNT_MASK;
const _: () = assert!(RING.is_multiple_of(1 << COUNT_BITS), "counts change where the ring closes");
const _: () = assert!(LONGEST + SKEW + 2 * COUNT_MASK <= HORIZON);

/// The clock reading of one thread may be older than another's by this much.
const SKEW: u64 = 3_600 * 1_000_000;
const _: () = assert!(LONGEST + SKEW <= HORIZON, "the longest limit reaches past the horizon");

/// A moment on the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick(u64);

/// The part of a key's hash that its slot stores; never zero, so that no member looks free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u64);

/// The content of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

impl Tick {
    #[inline]
    pub(super) const fn of(moment: Moment) -> Self {
        let micros = moment.as_micros();
        // A process that runs for less than 190 days never divides.
        Self(if micros < RING { micros } else { micros % RING })
    }

    /// The last bits of the moment so much later: the count, if it was [rounded
    /// up](Self::rounded_up).
    pub(super) const fn last_bits_after(self, micros: u64) -> u64 {
        (self.0 + micros) & COUNT_MASK
    }

    /// The time, extended so that it ends where a count is zero.
    pub(super) const fn rounded_up(self, micros: u64) -> u64 {
        micros + ((COUNT_MASK + 1) - self.last_bits_after(micros)) % (COUNT_MASK + 1)
    }

    #[inline]
    const fn after(self, micros: u64) -> Self {
        // Both are below 2^44.
        let sum = self.0 + micros;
        Self(if sum < RING { sum } else { sum % RING })
    }
}

impl Tag {
    /// Takes the low bits; the table picks the set by the high ones.
    #[inline]
    pub(super) const fn of(hash: u64) -> Self {
        let bits = hash << TIME_BITS;
        Self(if bits == 0 { 1 << TIME_BITS } else { bits })
    }
}

impl Word {
    pub(super) const FREE: Self = Self(0);

    /// A member with a backlog of `backlog` microseconds.
    #[inline]
    pub(super) const fn member(tag: Tag, now: Tick, backlog: u64) -> Self {
        Self(tag.0 | now.after(backlog).0)
    }

    /// A claim by the thread of this number.
    pub(super) const fn claim(tag: Tag, thread: u64) -> Self {
        Self(tag.0 | RING | (thread & (TIME_MASK >> 4)))
    }

    #[inline]
    pub(super) const fn is_of(self, tag: Tag) -> bool {
        self.0 ^ tag.0 <= TIME_MASK
    }

    #[inline]
    pub(super) const fn is_claim(self) -> bool {
        self.0 & TIME_MASK >= RING
    }

    /// The backlog of a member: microseconds until it has recovered, 0 if it has.
    #[inline]
    pub(super) const fn backlog(self, now: Tick) -> u64 {
        let until = self.0 & TIME_MASK;
        let ahead = if until >= now.0 { until - now.0 } else { until + RING - now.0 };
        if ahead <= HORIZON { ahead } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{HORIZON, RING, Tag, Tick, Word};
    use crate::clock::Moment;
    use proptest::prelude::*;

    fn tick(micros: u64) -> Tick {
        Tick::of(Moment::from_nanos(micros * 1_000))
    }

    proptest! {
        #[test]
        fn a_member_gives_back_what_was_put_in(
            hash: u64,
            start in 0..RING * 3 / 1_000,
            backlog in 0..=HORIZON,
            passed in 0..RING - HORIZON,
        ) {
            let tag = Tag::of(hash);
            let start = start * 1_000;
            let word = Word::member(tag, tick(start), backlog);
            prop_assert!(word.is_of(tag) && !word.is_claim() && word != Word::FREE);
            prop_assert_eq!(word.backlog(tick(start + passed)), backlog.saturating_sub(passed));
        }

        #[test]
        fn a_claim_is_neither_free_nor_a_member(hash: u64, thread: u64) {
            let word = Word::claim(Tag::of(hash), thread);
            prop_assert!(word.is_claim() && word.is_of(Tag::of(hash)) && word != Word::FREE);
        }
    }

    #[test]
    fn debts_survive_the_end_of_the_ring() {
        let word = Word::member(Tag::of(7), tick(RING - 10), 30);
        assert_eq!(word.backlog(tick(RING - 5)), 25);
        assert_eq!(word.backlog(tick(RING + 5)), 15);
        assert_eq!(word.backlog(tick(RING + 25)), 0);
    }

    #[test]
    fn a_rounded_time_ends_where_a_count_is_zero() {
        for (now, micros) in [(0, 1), (5, 1 << 14), (RING - 3, 1_000_000), (16_383, 16_384)] {
            let rounded = tick(now).rounded_up(micros);
            assert!((micros..micros + (1 << 14)).contains(&rounded), "{rounded}");
            assert_eq!(tick(now).last_bits_after(rounded), 0);
        }
    }

    #[test]
    fn a_tag_of_zeroes_does_not_look_free() {
        assert_ne!(Word::member(Tag::of(0), tick(0), 0), Word::FREE);
        assert!(!Word::FREE.is_of(Tag::of(0)));
    }
}
