//! Requests that are under way, counted by key: a table of fixed size, without a lock.
//!
//! A key has one slot from the beginning of its first request to the end of its last one. A count
//! is never evicted by another key: an evicted key would be admitted again beside its running
//! requests. Where all eight slots of a key's set are used, a further key is refused; there are as
//! many slots as in a table of rates, and no more keys than requests under way.
//!
//! A key claims its slot in two steps, for the reason that [`table`](super::table) gives: of two
//! threads that bring the same key at the same time, one finds the other's claim and withdraws.

use std::{
    fmt, hint,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::tally::{Tally, thread_number};

const WAYS: usize = 8;

/// How often to retry while another thread is claiming the same key.
const PATIENCE: u32 = 16;

#[derive(Debug)]
pub(super) struct InFlight {
    sets: Box<[Set]>,
    /// Requests that were refused because their key found no slot.
    full: Tally,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Set([AtomicU64; WAYS]);

/// The content of a slot.
///
/// ```text
///  63        32 31  30                  0
/// +------------+---+---------------------+
/// | tag        | 0 | requests under way  |   a member; at least one
/// | tag        | 1 | thread              |   a claim
/// | 0          | 0 | 0                   |   free
/// +------------+---+---------------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word(u64);

/// The part of a key's hash that its slot stores; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag(u64);

/// The result for a request.
pub(super) enum Entry {
    /// It is counted, among so many of its key.
    Entered(Seat, u32),
    /// The limit is reached: so many are running.
    Reached(u32),
    /// All slots are taken by other keys.
    Full,
}

/// A running request; it counts until this is dropped.
pub(super) struct Seat {
    table: Arc<InFlight>,
    set: usize,
    slot: usize,
}

/// The result of a search in a set.
enum Found {
    Member(usize, Word),
    Claimed(usize, Word),
    Free(usize),
    Full,
}

impl InFlight {
    /// A table of at least so many slots, rounded up to whole sets; 8 bytes each.
    pub(super) fn new(slots: NonZeroUsize) -> Self {
        let sets = (0..slots.get().div_ceil(WAYS)).map(|_| Set::default()).collect();
        Self { sets, full: Tally::default() }
    }

    /// Counts a request, unless so many of its key are under way already.
    pub(super) fn enter(self: &Arc<Self>, hash: u64, quota: u32) -> Entry {
        let tag = Tag::of(hash);
        let Some((index, set)) = self.set(hash) else { return Entry::Full };
        let seat = |slot| Seat { table: Arc::clone(self), set: index, slot };
        let mut waited = 0;
        loop {
            let (slot, word) = match set.find(tag) {
                Found::Member(slot, word) => {
                    let count = word.count();
                    if count >= quota {
                        return Entry::Reached(count);
                    }
                    // Far below the 31 bits that it has: each is a connection's.
                    if set.replace(slot, word, Word(word.0 + 1)) {
                        return Entry::Entered(seat(slot), count + 1);
                    }
                    continue;
                }
                Found::Claimed(..) if waited < PATIENCE => {
                    waited += 1;
                    hint::spin_loop();
                    continue;
                }
                Found::Claimed(slot, word) => (slot, word),
                Found::Free(slot) => (slot, Word::FREE),
                Found::Full => {
                    self.full.add_one();
                    return Entry::Full;
                }
            };
            if quota == 0 {
                return Entry::Reached(0);
            }
            let claim = Word::claim(tag, thread_number());
            if set.replace(slot, word, claim)
                && set.settle(tag, slot, claim)
                && set.replace(slot, claim, Word::member(tag, 1))
            {
                return Entry::Entered(seat(slot), 1);
            }
        }
    }

    /// How many requests of a key are under way.
    pub(super) fn count(&self, hash: u64) -> u32 {
        match self.set(hash).map(|(_, set)| set.find(Tag::of(hash))) {
            Some(Found::Member(_, word)) => word.count(),
            Some(Found::Claimed(..) | Found::Free(_) | Found::Full) | None => 0,
        }
    }

    /// Requests that were refused because other keys had taken all the slots.
    pub(super) fn full(&self) -> u64 {
        self.full.total()
    }

    /// Slots in the table.
    pub(super) fn slots(&self) -> usize {
        self.sets.len() * WAYS
    }

    /// Slots that are taken. Reads the whole table.
    pub(super) fn used(&self) -> usize {
        let slots = self.sets.iter().flat_map(|set| &set.0);
        slots.filter(|slot| slot.load(Ordering::Relaxed) != 0).count()
    }

    fn set(&self, hash: u64) -> Option<(usize, &Set)> {
        // The product's high half is below the number of sets.
        let index = (u128::from(hash) * self.sets.len() as u128) >> 64;
        let index = usize::try_from(index).ok()?;
        Some((index, self.sets.get(index)?))
    }

    fn leave(&self, set: usize, slot: usize) {
        let Some(set) = self.sets.get(set) else { return };
        loop {
            // The slot is this key's as long as one of its requests is under way.
            let word = set.read(slot);
            let left = if word.count() <= 1 { Word::FREE } else { Word(word.0 - 1) };
            if word == Word::FREE || set.replace(slot, word, left) {
                return;
            }
        }
    }
}

impl Set {
    fn read(&self, slot: usize) -> Word {
        Word(self.0.get(slot).map_or(0, |slot| slot.load(Ordering::SeqCst)))
    }

    /// Replaces the word that was read; false if the slot has changed since.
    fn replace(&self, slot: usize, read: Word, word: Word) -> bool {
        self.0.get(slot).is_some_and(|slot| {
            slot.compare_exchange(read.0, word.0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        })
    }

    fn find(&self, tag: Tag) -> Found {
        let (mut free, mut claimed) = (None, None);
        for slot in 0..WAYS {
            let word = self.read(slot);
            if word == Word::FREE {
                free = free.or(Some(slot));
            } else if word.is_of(tag) {
                if !word.is_claim() {
                    return Found::Member(slot, word);
                }
                claimed = Some((slot, word));
            }
        }
        match (claimed, free) {
            (Some((slot, word)), _) => Found::Claimed(slot, word),
            (None, Some(slot)) => Found::Free(slot),
            (None, None) => Found::Full,
        }
    }

    /// Makes sure that a published claim is the only entry of its key; withdraws it otherwise.
    fn settle(&self, tag: Tag, own: usize, claim: Word) -> bool {
        for slot in (0..WAYS).filter(|slot| *slot != own) {
            loop {
                let word = self.read(slot);
                if !word.is_of(tag) {
                    break;
                }
                if !word.is_claim() {
                    self.replace(own, claim, Word::FREE);
                    return false;
                }
                if self.replace(slot, word, Word::FREE) {
                    break;
                }
            }
        }
        true
    }
}

impl Tag {
    /// Takes the low bits; the table picks the set by the high ones.
    const fn of(hash: u64) -> Self {
        let bits = hash << 32;
        Self(if bits == 0 { 1 << 32 } else { bits })
    }
}

impl Word {
    const FREE: Self = Self(0);
    const CLAIM: u64 = 1 << 31;
    const COUNT: u64 = Self::CLAIM - 1;
    const TAG: u64 = u64::MAX << 32;

    const fn member(tag: Tag, count: u64) -> Self {
        Self(tag.0 | count)
    }

    const fn claim(tag: Tag, thread: u64) -> Self {
        Self(tag.0 | Self::CLAIM | (thread & Self::COUNT))
    }

    const fn is_of(self, tag: Tag) -> bool {
        self.0 & Self::TAG == tag.0
    }

    const fn is_claim(self) -> bool {
        self.0 & Self::CLAIM != 0
    }

    fn count(self) -> u32 {
        // 31 bits.
        u32::try_from(self.0 & Self::COUNT).unwrap_or(u32::MAX)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.table.leave(self.set, self.slot);
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seat")
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, InFlight, Seat, WAYS};
    use proptest::prelude::*;
    use std::{
        collections::HashMap,
        num::NonZeroUsize,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    };

    fn table(slots: usize) -> Arc<InFlight> {
        Arc::new(InFlight::new(NonZeroUsize::new(slots).unwrap()))
    }

    fn hash(n: u64) -> u64 {
        let n = (n ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    fn enter(table: &Arc<InFlight>, key: u64, quota: u32) -> Option<Seat> {
        match table.enter(hash(key), quota) {
            Entry::Entered(seat, _) => Some(seat),
            Entry::Reached(_) | Entry::Full => None,
        }
    }

    proptest! {
        #[test]
        fn it_counts_as_one_number_per_key_does(
            quota in 1_u32..5,
            steps in prop::collection::vec((0_u64..6, 0_u8..3), 1..200),
        ) {
            let table = table(WAYS);
            let mut held: HashMap<u64, Vec<Seat>> = HashMap::new();
            for (key, kind) in steps {
                let held = held.entry(key).or_default();
                if kind == 0 {
                    held.pop();
                } else {
                    let seat = enter(&table, key, quota);
                    prop_assert_eq!(seat.is_some(), held.len() < quota as usize);
                    held.extend(seat);
                }
                prop_assert_eq!(table.count(hash(key)) as usize, held.len());
            }
            prop_assert_eq!(table.used(), held.values().filter(|held| !held.is_empty()).count());
            drop(held);
            prop_assert_eq!(table.used(), 0);
        }
    }

    #[test]
    fn never_more_than_the_quota_at_once_and_nothing_is_left_over() {
        const QUOTA: u32 = 3;
        const KEYS: usize = 4;
        let table = table(WAYS);
        let inside = [(); KEYS].map(|()| AtomicUsize::new(0));
        let entered = AtomicUsize::new(0);
        thread::scope(|scope| {
            for thread in 0..6_usize {
                let (table, inside, entered) = (&table, &inside, &entered);
                scope.spawn(move || {
                    for turn in 0..20_000_usize {
                        // The slots come and go, so that the claims of a key meet.
                        let key = (turn / 7 + thread % 2) % KEYS;
                        if let Some(seat) = enter(table, key as u64, QUOTA) {
                            let inside = &inside[key];
                            let among = inside.fetch_add(1, Ordering::SeqCst);
                            assert!(among < QUOTA as usize, "{among} were under way");
                            entered.fetch_add(1, Ordering::Relaxed);
                            if turn % 5 == 0 {
                                thread::yield_now();
                            }
                            inside.fetch_sub(1, Ordering::SeqCst);
                            drop(seat);
                        }
                    }
                });
            }
        });
        assert!(entered.into_inner() > 20_000);
        assert_eq!(table.used(), 0);
    }

    #[test]
    fn exactly_n_of_a_thousand_enter() {
        for round in 0..50 {
            let table = table(1 << 10);
            let held: usize = thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            let held: Vec<_> =
                                (0..250).filter_map(|_| enter(&table, round, 37)).collect();
                            let count = held.len();
                            std::mem::forget(held);
                            count
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            assert_eq!(held, 37);
        }
    }

    #[test]
    fn a_full_set_refuses_and_no_count_is_pushed_out() {
        let table = table(WAYS);
        let held: Vec<_> = (0..WAYS as u64).filter_map(|key| enter(&table, key, 1)).collect();
        assert_eq!(held.len(), WAYS);
        assert!(enter(&table, 100, 1).is_none());
        assert_eq!(table.full(), 1);
        assert!((0..WAYS as u64).all(|key| enter(&table, key, 1).is_none()));
        drop(held);
        assert!(enter(&table, 100, 1).is_some());
        assert_eq!((table.full(), table.used()), (1, 0));
    }

    #[test]
    fn a_quota_of_nothing_admits_nobody() {
        assert!(enter(&table(WAYS), 1, 0).is_none());
    }
}
