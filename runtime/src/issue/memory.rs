//! Refresh tokens in the memory of one process.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    future::ready,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    family::{Family, FamilyId},
    store::{RefreshStore, StoreError, StoreFuture},
};
use crate::auth::SecretDigest;

const DEFAULT_CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// Logins that one subject can have at a time. The next one ends the oldest: somebody who logs in
/// over and over fills his own share alone.
pub(super) const FAMILIES_PER_SUBJECT: usize = 16;

/// Refresh tokens in the memory of one process: they end with it, and no other instance knows them.
///
/// Bounded: 100,000 logins unless it is given another number, 16 of one subject. A full store
/// refuses further logins with 503 rather than ending those of others.
pub struct MemoryRefreshStore {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    families: HashMap<FamilyId, Family>,
    by_subject: HashMap<String, Vec<FamilyId>>,
    /// When expired families were last looked for: a full store must not look at all of them for
    /// every login that it refuses.
    swept_at: u64,
}

impl MemoryRefreshStore {
    /// Room for so many logins.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity: capacity.get(), state: Mutex::default() }
    }

    /// How many logins it holds, those included that have expired and were not asked for since.
    pub fn len(&self) -> usize {
        self.with(|state| state.families.len())
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No lock is ever held across an `await`, and what runs under it does not panic half way.
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for MemoryRefreshStore {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for MemoryRefreshStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRefreshStore")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl RefreshStore for MemoryRefreshStore {
    fn insert<'a>(&'a self, family: &'a Family) -> StoreFuture<'a, ()> {
        let inserted = self.with(|state| state.insert(family, self.capacity, now()));
        Box::pin(ready(inserted))
    }

    fn load<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, Option<Family>> {
        Box::pin(ready(Ok(self.with(|state| state.families.get(id).cloned()))))
    }

    fn replace<'a>(&'a self, held: &'a SecretDigest, next: &'a Family) -> StoreFuture<'a, bool> {
        let replaced = self.with(|state| match state.families.get_mut(next.id()) {
            Some(family) if family.current().is(held) => {
                family.clone_from(next);
                true
            }
            Some(_) | None => false,
        });
        Box::pin(ready(Ok(replaced)))
    }

    fn remove<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, ()> {
        self.with(|state| state.remove(id));
        Box::pin(ready(Ok(())))
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        self.with(|state| {
            for id in state.by_subject.remove(subject).unwrap_or_default() {
                state.families.remove(&id);
            }
        });
        Box::pin(ready(Ok(())))
    }
}

impl State {
    fn insert(&mut self, family: &Family, capacity: usize, now: u64) -> Result<(), StoreError> {
        if self.families.len() >= capacity && self.swept_at != now {
            self.swept_at = now;
            self.forget_expired(now);
        }
        let own = self.by_subject.get(family.subject()).map_or(0, Vec::len);
        if own >= FAMILIES_PER_SUBJECT
            && let Some(oldest) = self.by_subject.get(family.subject()).and_then(|ids| ids.first())
        {
            let oldest = oldest.clone();
            self.remove(&oldest);
        }
        if self.families.len() >= capacity {
            return Err(StoreError::new(format!(
                "the memory store for refresh tokens is full ({capacity} logins); give it more \
                 room, or share a store"
            )));
        }
        self.families.insert(family.id().clone(), family.clone());
        self.by_subject.entry(family.subject().to_owned()).or_default().push(family.id().clone());
        Ok(())
    }

    fn remove(&mut self, id: &FamilyId) {
        let Some(family) = self.families.remove(id) else { return };
        if let Some(ids) = self.by_subject.get_mut(family.subject()) {
            ids.retain(|other| other != id);
            if ids.is_empty() {
                self.by_subject.remove(family.subject());
            }
        }
    }

    fn forget_expired(&mut self, now: u64) {
        let expired: HashSet<FamilyId> = self
            .families
            .values()
            .filter(|family| family.has_expired(now))
            .map(|family| family.id().clone())
            .collect();
        self.families.retain(|id, _| !expired.contains(id));
        self.by_subject.retain(|_, ids| {
            ids.retain(|id| !expired.contains(id));
            !ids.is_empty()
        });
    }
}

/// A clock before 1970 makes nothing expire, so that nothing is dropped by it.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
