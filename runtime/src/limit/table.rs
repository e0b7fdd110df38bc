//! The table of spent units: of fixed size, shared by all threads, without a lock.
//!
//! A key belongs to one set of eight slots, one cache line. A check that finds its key is one
//! compare-and-swap; a refused one writes nothing. A missing key claims a slot: a free one, else
//! one whose key has recovered, else that of the key closest to recovering.
//!
//! # Why a key never has two slots
//!
//! Two threads that miss the same key may pick different slots, and units that are spent in one
//! would be unknown to the other. So a claim has two steps. It is first *published* as a claim, in
//! which nothing can be spent; then the other slots are read again. If a member of the same key is
//! found, it wins: the claim is withdrawn. A claim of the same key that is found is removed. Only
//! then the claim becomes a member, by a swap that fails if it was removed itself.
//!
//! Publishing and reading again are sequentially consistent, so of two claims at least one sees the
//! other, and that one removes it before it becomes a member. The words of claims differ by thread,
//! so no thread completes another's claim by mistake.

use super::{
    gcra::{Decision, Gcra},
    metrics::TableMetrics,
    slot::{HORIZON, MOST, RING, Tag, Tick, Word},
    tally::{Tally, thread_number},
};
use crate::{
    audit::{Event, Outcome, send_to_all},
    clock::Moment,
};
use std::{
    hint,
    num::NonZeroUsize,
    sync::atomic::{AtomicU64, Ordering},
};

/// Slots in one set.
const WAYS: usize = 8;

/// A sweep is due whenever this bit of the time in microseconds turns over: every 12.7 days.
const SWEEP_BITS: u32 = 40;

/// After so many missed sweeps all keys have recovered, and old moments may soon look new.
const ALL_PAID: u64 = 8;
// The end of a backlog from the end of one period, against a sweep at the start of the last.
const _: () = assert!(HORIZON <= (ALL_PAID - 1) << SWEEP_BITS);
const _: () = assert!((ALL_PAID + 1) << SWEEP_BITS <= RING - HORIZON);

/// How often to retry while another thread is claiming the same key.
const PATIENCE: u32 = 16;

/// How often an event may report evictions.
const EVENT_MICROS: u64 = 1_000_000;

#[derive(Debug)]
pub(super) struct Table {
    sets: Box<[Set]>,
    title: Title,
    /// Whether evictions are logged in the audit trail.
    is_audited: bool,
    /// The last sweep that was done or begun.
    swept: AtomicU64,
    evicted: Tally,
    /// When the next event may report evictions, in microseconds, and how many the last one
    /// reported.
    told: AtomicU64,
    told_evicted: AtomicU64,
}

/// The content of a table and its limit, for events and metrics.
#[derive(Debug, Default)]
pub(super) struct Title {
    pub(super) holds: &'static str,
    /// The endpoint and the policy of the limit; empty for a table of no single limit.
    pub(super) endpoint: Box<str>,
    pub(super) policy: &'static str,
}

/// What becomes of a key's backlog.
enum Step<R> {
    /// It stays.
    Keep(R),
    /// It becomes so many microseconds; more than none.
    Owe(u64, R),
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Set([Slot; WAYS]);

#[derive(Debug, Default)]
struct Slot(AtomicU64);

/// The result of a search in a set.
enum Found<'a> {
    /// The key, with its backlog.
    Member(&'a Slot, Word),
    /// Another thread is inserting it here.
    Claimed(&'a Slot, Word),
    /// Not found; this is the slot to claim.
    Absent(&'a Slot, Word),
}

impl Table {
    /// A table of at least so many slots, rounded up to whole sets; 8 bytes each.
    pub(super) fn new(title: Title, slots: NonZeroUsize) -> Self {
        let sets = (0..slots.get().div_ceil(WAYS)).map(|_| Set::default()).collect();
        Self {
            sets,
            title,
            is_audited: true,
            swept: AtomicU64::new(0),
            evicted: Tally::default(),
            told: AtomicU64::new(0),
            told_evicted: AtomicU64::new(0),
        }
    }

    /// A table that no limit depends on, because an evicted entry only costs a round trip: its
    /// evictions are counted, and not audited.
    #[cfg(feature = "redis")]
    pub(super) fn cache(holds: &'static str, slots: NonZeroUsize) -> Self {
        let title = Title { holds, ..Title::default() };
        Self { is_audited: false, ..Self::new(title, slots) }
    }

    /// How full it is. Reads it whole.
    pub(super) fn metrics(&self, now: Moment) -> TableMetrics {
        TableMetrics {
            table: self.title.holds,
            endpoint: self.title.endpoint.to_string(),
            policy: self.title.policy,
            slots: self.slots(),
            used: self.used(now),
            evicted: self.evicted(),
            full: 0,
        }
    }

    /// Spends so many units, unless the limit is reached: `Ok` with the new backlog of the key,
    /// `Err` with the old one, in microseconds.
    #[inline]
    pub(super) fn take(&self, hash: u64, gcra: &Gcra, units: u32, now: Moment) -> Result<u64, u64> {
        match self.take_known(hash, gcra, units, now) {
            Some(taken) => taken,
            None => self.take_any(hash, gcra, units, now),
        }
    }

    /// [`Self::take`] of a key that may be new, or that another thread is changing.
    #[cold]
    fn take_any(&self, hash: u64, gcra: &Gcra, units: u32, now: Moment) -> Result<u64, u64> {
        if units == 0 {
            // There is no backlog, so that there is nothing to store.
            let backlog = self.backlog(hash, now);
            return gcra.spend(backlog, units).map_err(|_| backlog);
        }
        let spend = |backlog| match gcra.spend(backlog, units) {
            Ok(after) => Step::Owe(after, Ok(after)),
            Err(_) => Step::Keep(Err(backlog)),
        };
        // Without a place for it, as if everything were spent.
        self.step(hash, now, spend).unwrap_or(Err(gcra.tolerance()))
    }

    /// The usual check: the key is in the table, and no other thread uses its slot. `None` for
    /// every other.
    ///
    /// It is separate because it is short, and without a branch that depends on where in its set
    /// the key is. While one check waits for its cache line, the processor fetches that of the
    /// next, as long as both fit into its instruction window and no branch was mispredicted in
    /// between.
    #[inline]
    fn take_known(
        &self,
        hash: u64,
        gcra: &Gcra,
        units: u32,
        now: Moment,
    ) -> Option<Result<u64, u64>> {
        let tag = Tag::of(hash);
        let slot = self.set(hash)?.slot_of(tag)?;
        let word = slot.read();
        if !word.is_of(tag) || word.is_claim() || units == 0 || self.is_sweep_due(now) {
            return None;
        }
        let tick = Tick::of(now);
        let backlog = word.backlog(tick);
        match gcra.spend(backlog, units) {
            Ok(after) => slot.replace(word, Word::member(tag, tick, after)).then_some(Ok(after)),
            Err(_) => Some(Err(backlog)),
        }
    }

    /// Counts an event of a key; returns how many there were in a time that begins with the first.
    /// `micros` is at most 50 days, and is rounded up to 16 milliseconds.
    ///
    /// The slot stores the end of the time as the moment at which the key has recovered, and the
    /// count in its last bits: up to [`MOST`].
    pub(super) fn count(&self, hash: u64, micros: u64, now: Moment) -> u64 {
        let tick = Tick::of(now);
        let count = |backlog| {
            let counted = if backlog == 0 { 0 } else { tick.last_bits_after(backlog) };
            if counted >= MOST {
                return Step::Keep(counted);
            }
            let owed = if counted == 0 { tick.rounded_up(micros) } else { backlog };
            Step::Owe(owed + 1, counted + 1)
        };
        // A key that cannot be counted has done it too often.
        self.step(hash, now, count).unwrap_or(MOST)
    }

    /// Keeps a key for so long, at most 50 days, unless it is kept longer already. Returns whether
    /// it was not kept before.
    pub(super) fn hold(&self, hash: u64, micros: u64, now: Moment) -> bool {
        let held = self.step(hash, now, |backlog| {
            if backlog >= micros { Step::Keep(false) } else { Step::Owe(micros, backlog == 0) }
        });
        held == Some(true)
    }

    /// Sets the backlog of a key, in microseconds, at most 50 days, whatever it was before.
    #[cfg(feature = "redis")]
    pub(super) fn put(&self, hash: u64, micros: u64, now: Moment) {
        if micros == 0 {
            return self.forget(hash, now);
        }
        self.step(hash, now, |_| Step::Owe(micros.min(super::gcra::LONGEST), ()));
    }

    /// The backlog of a key, in microseconds; 0 if it is not in the table.
    pub(super) fn backlog(&self, hash: u64, now: Moment) -> u64 {
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        match self.set(hash).map(|set| set.find(tag, tick)) {
            Some(Found::Member(_, word)) => word.backlog(tick),
            Some(Found::Claimed(..) | Found::Absent(..)) | None => 0,
        }
    }

    /// Removes a key.
    pub(super) fn forget(&self, hash: u64, now: Moment) {
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        let Some(set) = self.set(hash) else { return };
        while let Found::Member(slot, word) = set.find(tag, tick) {
            if slot.replace(word, Word::FREE) {
                return;
            }
        }
    }

    /// Changes the backlog of a key; `None` if there is no slot for it.
    #[inline(never)]
    fn step<R>(&self, hash: u64, now: Moment, step: impl Fn(u64) -> Step<R>) -> Option<R> {
        self.sweep_when_due(now);
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        let set = self.set(hash)?;
        let mut waited = 0;
        loop {
            let (slot, word) = match set.find(tag, tick) {
                Found::Member(slot, word) => match step(word.backlog(tick)) {
                    Step::Keep(result) => return Some(result),
                    Step::Owe(after, result) => {
                        if slot.replace(word, Word::member(tag, tick, after)) {
                            return Some(result);
                        }
                        continue;
                    }
                },
                // The other thread may have been put to sleep: after a while its place is taken.
                Found::Claimed(..) if waited < PATIENCE => {
                    waited += 1;
                    hint::spin_loop();
                    continue;
                }
                Found::Claimed(slot, word) | Found::Absent(slot, word) => (slot, word),
            };
            let (after, result) = match step(0) {
                Step::Keep(result) => return Some(result),
                Step::Owe(after, result) => (after, result),
            };
            let claim = Word::claim(tag, thread_number());
            if !slot.replace(word, claim) {
                continue;
            }
            if !word.is_claim() && word.backlog(tick) > 0 && word != Word::FREE {
                self.evicted.add_one();
                if self.is_audited {
                    self.tell_of_evictions(now);
                }
            }
            if set.settle(tag, slot, claim) && slot.replace(claim, Word::member(tag, tick, after)) {
                return Some(result);
            }
        }
    }

    /// Returns so many units to a key that has spent them, and would have recovered from them at
    /// the moment `paid_at`, in microseconds.
    ///
    /// A key that was evicted meanwhile, or has recovered, gets nothing.
    pub(super) fn give_back(&self, hash: u64, gcra: &Gcra, units: u32, paid_at: u64, now: Moment) {
        let left = paid_at.saturating_sub(now.as_micros());
        let (tag, tick) = (Tag::of(hash), Tick::of(now));
        let Some(set) = self.set(hash) else { return };
        while let Found::Member(slot, word) = set.find(tag, tick) {
            let backlog = word.backlog(tick);
            if backlog == 0
                || slot.replace(word, Word::member(tag, tick, gcra.refund(backlog, units, left)))
            {
                return;
            }
        }
    }

    /// The state of the key for a request of so many units; spends nothing.
    pub(super) fn survey(&self, hash: u64, gcra: &Gcra, units: u32, now: Moment) -> Decision {
        gcra.survey(self.backlog(hash, now), units)
    }

    /// How many keys were evicted before they had recovered, because their set was full.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted.total()
    }

    /// Slots in the table.
    pub(super) fn slots(&self) -> usize {
        self.sets.len() * WAYS
    }

    /// Slots that hold a key with a backlog now. Reads the whole table.
    pub(super) fn used(&self, now: Moment) -> usize {
        let tick = Tick::of(now);
        let slots = self.sets.iter().flat_map(|set| &set.0);
        let owes = |word: Word| word != Word::FREE && (word.is_claim() || word.backlog(tick) > 0);
        slots.filter(|slot| owes(slot.read())).count()
    }

    /// Writes the audit event, at most once a second: a flood of keys must not become a flood of
    /// events.
    fn tell_of_evictions(&self, now: Moment) {
        let now = now.as_micros();
        let due = self.told.load(Ordering::Relaxed);
        let next = now.saturating_add(EVENT_MICROS);
        if now >= due
            && self.told.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            let total = self.evicted.total();
            let before = self.told_evicted.swap(total, Ordering::Relaxed);
            tracing::warn!(
                target: "palisade::audit",
                event = "evicted",
                table = self.title.holds,
                endpoint = &*self.title.endpoint,
                policy = self.title.policy,
                keys = total.wrapping_sub(before),
                slots = self.slots(),
                "live counts of limits were forgotten for want of room: raise `limit_slots`, or \
                 somebody invents keys"
            );
            let endpoint = Some(&*self.title.endpoint).filter(|endpoint| !endpoint.is_empty());
            send_to_all(&Event {
                endpoint,
                policy: Some(self.title.policy).filter(|policy| !policy.is_empty()),
                ..Event::new("limit-evicted", Outcome::Failure)
            });
        }
    }

    #[inline]
    fn set(&self, hash: u64) -> Option<&Set> {
        // The product's high half is below the number of sets.
        let index = (u128::from(hash) * self.sets.len() as u128) >> 64;
        self.sets.get(usize::try_from(index).ok()?)
    }

    #[inline]
    fn is_sweep_due(&self, now: Moment) -> bool {
        now.as_micros() >> SWEEP_BITS > self.swept.load(Ordering::Relaxed)
    }

    fn sweep_when_due(&self, now: Moment) {
        let due = now.as_micros() >> SWEEP_BITS;
        let swept = self.swept.load(Ordering::Relaxed);
        if due > swept {
            self.sweep(swept, due, Tick::of(now));
        }
    }

    /// Frees the slots of keys that have recovered, before the ring comes around to them.
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
    /// The slot that a key of this tag is in, or is about to be.
    #[inline]
    fn slot_of(&self, tag: Tag) -> Option<&Slot> {
        let slots = self.0.iter().enumerate().rev();
        let found = slots.fold(WAYS, |found, (index, slot)| {
            hint::select_unpredictable(slot.read().is_of(tag), index, found)
        });
        self.0.get(found)
    }

    fn find(&self, tag: Tag, now: Tick) -> Found<'_> {
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
            // Free slots first, then by backlog; a claim of another key only if nothing else is
            // left.
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

    /// Makes sure that a published claim is the only entry of its key; withdraws it otherwise.
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
    #[inline]
    fn read(&self) -> Word {
        Word(self.0.load(Ordering::SeqCst))
    }

    /// Replaces the word that was read; false if the slot has changed since.
    #[inline]
    fn replace(&self, read: Word, word: Word) -> bool {
        self.0.compare_exchange(read.0, word.0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

#[cfg(test)]
mod tests;
