//! The table of verified tokens: sets of eight, read without a lock.

use std::{
    hint::black_box,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use secrecy::{ExposeSecret as _, SecretSlice};

use crate::auth::principal::Principal;

/// Slots of one set: their tags fill one cache line.
const WAYS: usize = 8;

/// A table of a fixed number of slots.
#[derive(Debug)]
pub(super) struct Table {
    sets: Box<[Set]>,
    /// The newest generation of keys that was seen.
    generation: AtomicU64,
    /// The next set to be searched for expired tokens.
    broom: AtomicUsize,
}

/// A token, and the caller that it identifies. The copy is wiped when the last reader drops it.
#[derive(Debug)]
pub(super) struct Entry {
    token: SecretSlice<u8>,
    principal: Principal,
    generation: u64,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Set {
    /// The keys of the entries; 0 if there is none. A tag may be stale: the entry decides.
    tags: [AtomicU64; WAYS],
    /// When each was last found, in seconds. It is coarse, so that a frequently used token is
    /// written once a second, and only read by all workers in between.
    used: [AtomicU32; WAYS],
    entries: [ArcSwapOption<Entry>; WAYS],
}

impl Entry {
    pub(super) fn new(token: &str, principal: Principal, generation: u64) -> Self {
        Self { token: token.as_bytes().to_vec().into(), principal, generation }
    }

    fn is_over(&self, now: u64) -> bool {
        self.principal.expires_at() < now.saturating_sub(super::super::MAX_LEEWAY)
    }
}

impl Table {
    pub(super) fn new(tokens: NonZeroUsize) -> Self {
        let sets = tokens.get().div_ceil(WAYS).next_power_of_two();
        Self {
            sets: (0..sets).map(|_| Set::default()).collect(),
            generation: AtomicU64::new(0),
            broom: AtomicUsize::new(0),
        }
    }

    /// Wipes tokens that older keys have verified, once for each change of keys.
    pub(super) fn follow(&self, generation: u64) {
        let known = self.generation.load(Ordering::Relaxed);
        if known == generation {
            return;
        }
        let swapped = self.generation.compare_exchange(
            known,
            generation,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        if swapped.is_ok() {
            for set in &self.sets {
                set.retain(|entry| entry.generation == generation);
            }
        }
    }

    pub(super) fn find(
        &self,
        key: u64,
        token: &[u8],
        generation: u64,
        now: u64,
    ) -> Option<Principal> {
        let set = self.set(key)?;
        let tag = tag(key);
        for ((known, used), entry) in set.tags.iter().zip(&set.used).zip(&set.entries) {
            if known.load(Ordering::Relaxed) != tag {
                continue;
            }
            let entry = entry.load();
            let Some(entry) = entry.as_ref() else { continue };
            if entry.generation == generation && is_same(entry.token.expose_secret(), token) {
                let now = seconds(now);
                if used.load(Ordering::Relaxed) != now {
                    used.store(now, Ordering::Relaxed);
                }
                return Some(entry.principal.clone());
            }
        }
        None
    }

    pub(super) fn insert(&self, key: u64, entry: Entry, now: u64) {
        if entry.generation != self.generation.load(Ordering::Relaxed) {
            return;
        }
        self.sweep(now);
        let Some(set) = self.set(key) else { return };
        let tag = tag(key);
        let place = set.place(tag, &entry, now);
        let mut ways = set.tags.iter().zip(&set.used).zip(&set.entries);
        let Some(((known, used), slot)) = ways.nth(place) else { return };
        used.store(seconds(now), Ordering::Relaxed);
        slot.store(Some(Arc::new(entry)));
        known.store(tag, Ordering::Relaxed);
    }

    pub(super) fn remove(&self, key: u64, token: &[u8]) {
        if let Some(set) = self.set(key) {
            set.retain(|entry| !is_same(entry.token.expose_secret(), token));
        }
    }

    /// Searches one set for expired tokens: with each token that is stored, so that the whole table
    /// is searched as often as it fills.
    fn sweep(&self, now: u64) {
        let at = self.broom.fetch_add(1, Ordering::Relaxed) & (self.sets.len().saturating_sub(1));
        if let Some(set) = self.sets.get(at) {
            set.retain(|entry| !entry.is_over(now));
        }
    }

    fn set(&self, key: u64) -> Option<&Set> {
        // A power of two. The tag is the whole key, so which of its bits choose the set is all one.
        let mask = u64::try_from(self.sets.len()).ok()?.checked_sub(1)?;
        self.sets.get(usize::try_from(key & mask).ok()?)
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> Vec<std::sync::Weak<Entry>> {
        let entries = self.sets.iter().flat_map(|set| &set.entries);
        entries.filter_map(|entry| entry.load().as_ref().map(Arc::downgrade)).collect()
    }
}

impl Set {
    /// The slot of the same token, else a free one, else the least recently used one.
    fn place(&self, tag: u64, new: &Entry, now: u64) -> usize {
        let mut best = (u64::MAX, 0);
        for (at, ((known, used), entry)) in
            self.tags.iter().zip(&self.used).zip(&self.entries).enumerate()
        {
            let entry = entry.load();
            let Some(entry) = entry.as_ref() else {
                best = best.min((0, at));
                continue;
            };
            let is_same_token = known.load(Ordering::Relaxed) == tag
                && is_same(entry.token.expose_secret(), new.token.expose_secret());
            if is_same_token {
                return at;
            }
            let age = if entry.is_over(now) { 0 } else { used.load(Ordering::Relaxed).into() };
            best = best.min((age, at));
        }
        best.1
    }

    fn retain(&self, keep: impl Fn(&Entry) -> bool) {
        for (tag, slot) in self.tags.iter().zip(&self.entries) {
            let entry = slot.load();
            if entry.as_ref().is_some_and(|entry| !keep(entry)) {
                // Another entry may have come in meanwhile: only the one that was judged goes.
                let judged = slot.compare_and_swap(&*entry, None);
                if judged.as_ref().map(Arc::as_ptr) == entry.as_ref().map(Arc::as_ptr) {
                    tag.store(0, Ordering::Relaxed);
                }
            }
        }
    }
}

/// Equality without an early return: its duration does not reveal where two tokens differ.
fn is_same(kept: &[u8], given: &[u8]) -> bool {
    let differ = kept.iter().zip(given).fold(0, |differ, (a, b)| differ | (a ^ b));
    kept.len() == given.len() && black_box(differ) == 0
}

/// 0 marks a free slot.
const fn tag(key: u64) -> u64 {
    if key == 0 { 1 } else { key }
}

/// Wraps in the year 2106, when a token's age is misjudged once.
fn seconds(unix: u64) -> u32 {
    u32::try_from(unix & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}
