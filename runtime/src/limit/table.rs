//! The table of everything spent: fixed in size, shared by all threads, without a lock.
//!
//! A key belongs to one set of eight slots, one cache line. A check that finds its key is one
//! compare-and-swap; a refused one writes nothing. A key that is not there claims a slot: a free
//! one, else one whose debt is paid, else the one that would be paid first.
//!
//! # Why a key never has two slots
//!
//! Two threads that miss the same key may pick different slots, and what is spent in one would be
//! unknown to the other. So a claim has two steps. It is first *published* as a claim, in which
//! nothing can be spent; then the other slots are read again. A member of the same key found
//! there wins: the claim is withdrawn. A claim of the same key found there is struck out. Only
//! then the claim becomes a member, by a swap that fails if it was struck out itself.
//!
//! Publishing and reading again are sequentially consistent, so of two claims at least one sees
//! the other, and that one strikes it out before it becomes a member. The words of claims differ
//! by thread, so nobody completes another's claim by mistake.

#[cfg(feature = "redis")]
use super::gcra::LONGEST;
use super::{
    gcra::{Decision, Gcra},
    slot::{HORIZON, RING, Tag, Tick, Word},
    tally::{Tally, thread_number},
};
use crate::clock::Moment;
use std::{
    hint,
    num::NonZeroUsize,
    sync::atomic::{AtomicU64, Ordering},
};

/// Slots in one set.
const WAYS: usize = 8;

/// A sweep is due whenever this bit of the time in microseconds turns over: every 12.7 days.
const SWEEP_BITS: u32 = 40;

/// After so many missed sweeps all debts have been paid, and old ones may soon look new.
const ALL_PAID: u64 = 8;
// A debt made at the end of one period, against a sweep at the start of the last.
const _: () = assert!(HORIZON <= (ALL_PAID - 1) << SWEEP_BITS);
const _: () = assert!((ALL_PAID + 1) << SWEEP_BITS <= RING - HORIZON);

/// How often to wait for another thread that is claiming the same key.
const PATIENCE: u32 = 16;

#[derive(Debug)]
pub(super) struct Table {
    sets: Box<[Set]>,
    /// The sweep that was last done or begun.
    swept: AtomicU64,
    evicted: Tally,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Set([Slot; WAYS]);

#[derive(Debug, Default)]
struct Slot(AtomicU64);

/// What a look at a set found.
enum Found<'a> {
    /// The key, with what it owes.
    Member(&'a Slot, Word),
    /// Somebody is putting it in, here.
    Claimed(&'a Slot, Word),
    /// Nothing; this is the slot to claim.
    Absent(&'a Slot, Word),
}

impl Table {
    /// A table of at least so many slots, rounded up to whole sets; 8 bytes each.
    pub(super) fn new(slots: NonZeroUsize) -> Self {
        let sets = (0..slots.get().div_ceil(WAYS)).map(|_| Set::default()).collect();
        Self { sets, swept: AtomicU64::new(0), evicted: Tally::default() }
    }

    /// Spends one request's units, unless the limit is reached.
    pub(super) fn take(&self, hash: u64, gcra: &Gcra, now: Moment) -> Decision {
        match self.change(hash, now, |owed| gcra.spend(owed).map_err(|wait| (owed, wait))) {
            Some(Ok(after)) => gcra.granted(after),
            Some(Err((owed, wait))) => gcra.refused(owed, wait),
            None => Decision::OPEN,
        }
    }

    /// Notes that the key owes so many microseconds, whatever it did before.
    #[cfg(feature = "redis")]
    pub(super) fn hold(&self, hash: u64, micros: u64, now: Moment) {
        let _held = self.change(hash, now, |_| Ok::<_, ()>(micros.min(LONGEST)));
    }

    /// What the key owes, in microseconds.
    #[cfg(feature = "redis")]
    pub(super) fn held(&self, hash: u64, now: Moment) -> u64 {
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        match self.set(hash).map(|set| set.find(tag, tick)) {
            Some(Found::Member(_, word)) => word.backlog(tick),
            Some(Found::Claimed(..) | Found::Absent(..)) | None => 0,
        }
    }

    /// Lets the key owe nothing any more.
    #[cfg(feature = "redis")]
    pub(super) fn release(&self, hash: u64, now: Moment) {
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        let Some(set) = self.set(hash) else { return };
        while let Found::Member(slot, word) = set.find(tag, tick) {
            if slot.replace(word, Word::member(tag, tick, 0)) {
                return;
            }
        }
    }

    /// Replaces what the key owes by what `spend` makes of it, unless that is an error; `None`
    /// only of a table without slots.
    #[inline]
    fn change<E>(
        &self,
        hash: u64,
        now: Moment,
        spend: impl Fn(u64) -> Result<u64, E>,
    ) -> Option<Result<u64, E>> {
        self.sweep_when_due(now);
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        let set = self.set(hash)?;
        let mut waited = 0;
        loop {
            let (slot, word) = match set.find(tag, tick) {
                Found::Member(slot, word) => {
                    let after = match spend(word.backlog(tick)) {
                        Ok(after) => after,
                        Err(refusal) => return Some(Err(refusal)),
                    };
                    if slot.replace(word, Word::member(tag, tick, after)) {
                        return Some(Ok(after));
                    }
                    continue;
                }
                // The other thread may have been put to sleep: after a while its place is taken.
                Found::Claimed(..) if waited < PATIENCE => {
                    waited += 1;
                    hint::spin_loop();
                    continue;
                }
                Found::Claimed(slot, word) | Found::Absent(slot, word) => (slot, word),
            };
            let after = match spend(0) {
                Ok(after) => after,
                Err(refusal) => return Some(Err(refusal)),
            };
            let claim = Word::claim(tag, thread_number());
            if !slot.replace(word, claim) {
                continue;
            }
            if !word.is_claim() && word.backlog(tick) > 0 && word != Word::FREE {
                self.evicted.add_one();
            }
            if set.settle(tag, slot, claim) && slot.replace(claim, Word::member(tag, tick, after)) {
                return Some(Ok(after));
            }
        }
    }

    /// Gives one request's units back to a key that has spent them.
    ///
    /// A key that was evicted meanwhile, or has paid all its debts, gets nothing.
    pub(super) fn give_back(&self, hash: u64, gcra: &Gcra, now: Moment) {
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        let Some(set) = self.set(hash) else { return };
        while let Found::Member(slot, word) = set.find(tag, tick) {
            let backlog = word.backlog(tick);
            if backlog == 0 || slot.replace(word, Word::member(tag, tick, gcra.refund(backlog))) {
                return;
            }
        }
    }

    /// How the key stands; spends nothing.
    pub(super) fn survey(&self, hash: u64, gcra: &Gcra, now: Moment) -> Decision {
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        let Some(set) = self.set(hash) else {
            return Decision::OPEN;
        };
        match set.find(tag, tick) {
            Found::Member(_, word) => gcra.survey(word.backlog(tick)),
            Found::Claimed(..) | Found::Absent(..) => gcra.survey(0),
        }
    }

    /// How many debts were forgotten because their set was full.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted.total()
    }

    /// Slots in the table.
    pub(super) fn slots(&self) -> usize {
        self.sets.len() * WAYS
    }

    fn set(&self, hash: u64) -> Option<&Set> {
        // The product's high half is below the number of sets.
        let index = (u128::from(hash) * self.sets.len() as u128) >> 64;
        self.sets.get(usize::try_from(index).ok()?)
    }

    fn sweep_when_due(&self, now: Moment) {
        let due = now.as_micros() >> SWEEP_BITS;
        let swept = self.swept.load(Ordering::Relaxed);
        if due > swept {
            self.sweep(swept, due, Tick::of(now));
        }
    }

    /// Frees the slots whose debts are paid, before the ring comes around to them.
    #[cold]
    fn sweep(&self, swept: u64, due: u64, now: Tick) {
        if self.swept.compare_exchange(swept, due, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let all_paid = due - swept >= ALL_PAID;
        for slot in self.sets.iter().flat_map(|set| &set.0) {
            let word = slot.read();
            if word != Word::FREE && !word.is_claim() && (all_paid || word.backlog(now) == 0) {
                // If this fails, the slot is in use again.
                slot.replace(word, Word::FREE);
            }
        }
    }
}

impl Set {
    /// The way of nearly every check, short: whose slot it is decides before anything else is asked.
    #[inline]
    fn find(&self, tag: Tag, now: Tick) -> Found<'_> {
        for slot in &self.0 {
            let word = slot.read();
            if word.is_of(tag) && !word.is_claim() {
                return Found::Member(slot, word);
            }
        }
        self.find_room(tag, now)
    }

    /// [`Set::find`] for a key that was not there; it may be there by now.
    #[inline(never)]
    fn find_room(&self, tag: Tag, now: Tick) -> Found<'_> {
        let [first, rest @ ..] = &self.0;
        let mut absent = (first, first.read());
        let mut claimed = None;
        let mut lowest = u64::MAX;
        for slot in std::iter::once(first).chain(rest) {
            let word = slot.read();
            if word.is_of(tag) {
                if !word.is_claim() {
                    return Found::Member(slot, word);
                }
                claimed = Some((slot, word));
            }
            // Free slots first, then by debt; a claim of another key only if nothing else is left.
            let rank = if word == Word::FREE {
                0
            } else if word.is_claim() {
                u64::MAX
            } else {
                word.backlog(now) + 1
            };
            if rank < lowest {
                lowest = rank;
                absent = (slot, word);
            }
        }
        match claimed {
            Some((slot, word)) => Found::Claimed(slot, word),
            None => Found::Absent(absent.0, absent.1),
        }
    }

    /// Makes sure that a published claim is the only trace of its key; withdraws it otherwise.
    fn settle(&self, tag: Tag, own: &Slot, claim: Word) -> bool {
        for slot in &self.0 {
            if std::ptr::eq(slot, own) {
                continue;
            }
            loop {
                let word = slot.read();
                if !word.is_of(tag) {
                    break;
                }
                if !word.is_claim() {
                    own.replace(claim, Word::FREE);
                    return false;
                }
                if slot.replace(word, Word::FREE) {
                    break;
                }
            }
        }
        true
    }
}

impl Slot {
    fn read(&self) -> Word {
        Word(self.0.load(Ordering::SeqCst))
    }

    /// Replaces the word that was read; false if the slot has changed since.
    fn replace(&self, read: Word, word: Word) -> bool {
        self.0.compare_exchange(read.0, word.0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

#[cfg(test)]
mod tests;
