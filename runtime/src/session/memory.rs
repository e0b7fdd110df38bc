//! Sessions in the memory of one process.

use std::{
    collections::HashMap,
    fmt,
    future::ready,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use super::store::{SessionRecord, SessionStore};
use crate::{
    auth::SecretDigest,
    issue::{StoreError, StoreFuture},
};

const DEFAULT_CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// Sessions that one subject can have at a time; the next one ends the oldest.
pub(super) const SESSIONS_PER_SUBJECT: usize = 16;

/// Sessions in the memory of one process: they end with it, and no other instance knows them.
///
/// Bounded: 100,000 sessions unless it is given another number, 16 of one subject. A full store
/// refuses further log-ins with 503 rather than ending those of others.
pub struct MemorySessionStore {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<String, SessionRecord>,
    by_subject: HashMap<String, Vec<String>>,
    /// When ended sessions were last looked for.
    swept_at: u64,
}

impl MemorySessionStore {
    /// Room for so many sessions.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity: capacity.get(), state: Mutex::default() }
    }

    /// How many sessions it holds, those included that have ended and were not asked for since.
    pub fn len(&self) -> usize {
        self.with(|state| state.sessions.len())
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

impl Default for MemorySessionStore {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for MemorySessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessionStore")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl SessionStore for MemorySessionStore {
    fn insert<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, ()> {
        let inserted = self.with(|state| state.insert(id.encoded(), record, self.capacity, now()));
        Box::pin(ready(inserted))
    }

    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>> {
        let found = self.with(|state| state.sessions.get(&id.encoded()).cloned());
        Box::pin(ready(Ok(found)))
    }

    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool> {
        let updated = self.with(|state| match state.sessions.get_mut(&id.encoded()) {
            Some(own) => {
                own.clone_from(record);
                true
            }
            None => false,
        });
        Box::pin(ready(Ok(updated)))
    }

    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()> {
        self.with(|state| state.remove(&id.encoded()));
        Box::pin(ready(Ok(())))
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        self.with(|state| {
            for id in state.by_subject.remove(subject).unwrap_or_default() {
                state.sessions.remove(&id);
            }
        });
        Box::pin(ready(Ok(())))
    }
}

impl State {
    fn insert(
        &mut self,
        id: String,
        record: &SessionRecord,
        capacity: usize,
        now: u64,
    ) -> Result<(), StoreError> {
        if self.sessions.len() >= capacity && self.swept_at != now {
            self.swept_at = now;
            let ended = self.sessions.iter().filter(|(_, record)| record.ends_at() <= now);
            let ended: Vec<_> = ended.map(|(id, _)| id.clone()).collect();
            for id in ended {
                self.remove(&id);
            }
        }
        let own = self.by_subject.get(record.subject()).map_or(&[][..], Vec::as_slice);
        if own.len() >= SESSIONS_PER_SUBJECT
            && let Some(oldest) = own.first().cloned()
        {
            self.remove(&oldest);
        }
        if self.sessions.len() >= capacity {
            return Err(StoreError::new(format!(
                "the memory store for sessions is full ({capacity}); give it more room, or share a \
                 store"
            )));
        }
        self.by_subject.entry(record.subject().to_owned()).or_default().push(id.clone());
        self.sessions.insert(id, record.clone());
        Ok(())
    }

    fn remove(&mut self, id: &str) {
        let Some(record) = self.sessions.remove(id) else { return };
        if let Some(ids) = self.by_subject.get_mut(record.subject()) {
            ids.retain(|own| own != id);
            if ids.is_empty() {
                self.by_subject.remove(record.subject());
            }
        }
    }
}

fn now() -> u64 {
    // A clock before 1970 ends nothing early.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use futures_core::Future;

    use super::{MemorySessionStore, SESSIONS_PER_SUBJECT, SessionRecord, SessionStore, now};
    use crate::auth::SecretDigest;

    fn done<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(future)
    }

    fn record(subject: &str, idle: u64) -> SessionRecord {
        SessionRecord {
            service: String::new(),
            subject: subject.to_owned(),
            scopes: Vec::new(),
            began_at: 0,
            used_at: now(),
            idle,
            expires_at: u64::MAX,
            data: None,
        }
    }

    fn id(number: usize) -> SecretDigest {
        SecretDigest::of(&number.to_be_bytes())
    }

    #[test]
    fn one_subject_fills_its_own_share_alone() {
        let store = MemorySessionStore::default();
        done(store.insert(&id(0), &record("other", 60))).unwrap();
        for number in 1..=SESSIONS_PER_SUBJECT + 1 {
            done(store.insert(&id(number), &record("ada", 60))).unwrap();
        }
        assert_eq!(store.len(), SESSIONS_PER_SUBJECT + 1);
        assert!(done(store.load(&id(1))).unwrap().is_none(), "the oldest made room");
        assert!(done(store.load(&id(0))).unwrap().is_some());
        done(store.remove_subject("ada")).unwrap();
        assert_eq!(store.len(), 1);
    }

    #[test]
    fn a_full_store_ends_nobodys_session_but_ended_ones() {
        let store = MemorySessionStore::new(NonZeroUsize::new(2).unwrap());
        done(store.insert(&id(1), &record("a", 0))).unwrap();
        done(store.insert(&id(2), &record("b", 60))).unwrap();
        done(store.insert(&id(3), &record("c", 60))).unwrap();
        assert!(done(store.load(&id(1))).unwrap().is_none(), "it had ended");
        assert!(done(store.insert(&id(4), &record("d", 60))).is_err());
        assert!(done(store.load(&id(2))).unwrap().is_some());
    }

    #[test]
    fn what_was_removed_is_not_put_back() {
        let store = MemorySessionStore::default();
        done(store.insert(&id(1), &record("a", 60))).unwrap();
        assert!(done(store.update(&id(1), &record("a", 90))).unwrap());
        done(store.remove(&id(1))).unwrap();
        assert!(!done(store.update(&id(1), &record("a", 90))).unwrap());
        assert!(store.is_empty());
    }
}
