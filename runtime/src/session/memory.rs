//! Sessions in the memory of one process.

use std::{
    fmt,
    future::ready,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use super::store::{SessionRecord, SessionStore, Updated};
use crate::{
    auth::SecretDigest,
    issue::{Holdings, StoreFuture},
    machine::{self, TooMuchMemory},
};

const DEFAULT_CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// The memory of one session, in bytes: 4 KiB of data, and the state of the caller.
const SESSION: u64 = 6 * 1024;

/// Sessions that one subject can have at a time; the next one ends the subject's oldest.
pub(super) const SESSIONS_PER_SUBJECT: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// Sessions in the memory of one process: they end with it, and no other instance has them.
///
/// Bounded: 100,000 sessions (fewer if they do not fit into half of the memory) unless it is given
/// another number, 16 of one subject. A full store accepts further sessions all the same: the
/// subject's own oldest is evicted, and if it has none, the oldest of the subject with the most.
/// Many sessions of few accounts therefore evict each other, and not the only session of another
/// account.
pub struct MemorySessionStore {
    sessions: Mutex<Holdings<String, SessionRecord>>,
}

impl MemorySessionStore {
    /// Room for so many sessions.
    ///
    /// # Errors
    ///
    /// So many sessions with the most data that each can have take more than half of the memory of
    /// the machine or the container.
    pub fn new(capacity: NonZeroUsize) -> Result<Self, TooMuchMemory> {
        machine::capacity("the capacity of `MemorySessionStore`", capacity, "sessions", SESSION)?;
        Ok(Self::of(capacity))
    }

    fn of(capacity: NonZeroUsize) -> Self {
        Self { sessions: Mutex::new(Holdings::new(capacity, SESSIONS_PER_SUBJECT)) }
    }

    /// The number of sessions. Those that have ended are dropped with the next log-in.
    pub fn len(&self) -> usize {
        self.with(|sessions| sessions.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No lock is ever held across an `await`, and what runs under it does not panic half way.
    fn with<T>(&self, act: impl FnOnce(&mut Holdings<String, SessionRecord>) -> T) -> T {
        act(&mut self.sessions.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for MemorySessionStore {
    fn default() -> Self {
        Self::of(machine::most(DEFAULT_CAPACITY, SESSION))
    }
}

impl fmt::Debug for MemorySessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessionStore")
            .field("capacity", &self.with(|sessions| sessions.capacity()))
            .finish_non_exhaustive()
    }
}

impl SessionStore for MemorySessionStore {
    fn insert<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, ()> {
        let (id, ends_at) = (id.encoded(), record.ends_at());
        self.with(|sessions| {
            sessions.insert(id, record.subject(), record.clone(), ends_at, now());
        });
        Box::pin(ready(Ok(())))
    }

    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>> {
        let found = self.with(|sessions| sessions.get(&id.encoded()).cloned());
        Box::pin(ready(Ok(found)))
    }

    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        read: Option<u64>,
        data: &'a str,
    ) -> StoreFuture<'a, Updated> {
        let updated = self.with(|sessions| {
            sessions.change(&id.encoded(), |own| {
                let ends_at = own.ends_at();
                if read.is_some_and(|read| read != own.version) {
                    return Some((Updated::Conflict, ends_at));
                }
                own.data = Some(data.to_owned());
                own.version = own.version.saturating_add(1);
                Some((Updated::Kept { version: own.version }, ends_at))
            })
        });
        Box::pin(ready(Ok(updated.unwrap_or(Updated::Gone))))
    }

    fn touch<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool> {
        let touched = self.with(|sessions| {
            sessions.change(&id.encoded(), |own| {
                own.used_at = own.used_at.max(record.used_at());
                Some(((), own.ends_at()))
            })
        });
        Box::pin(ready(Ok(touched.is_some())))
    }

    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()> {
        self.with(|sessions| sessions.remove(&id.encoded()));
        Box::pin(ready(Ok(())))
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        self.with(|sessions| sessions.remove_subject(subject));
        Box::pin(ready(Ok(())))
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

    use super::{
        MemorySessionStore, SESSIONS_PER_SUBJECT, SessionRecord, SessionStore, Updated, now,
    };
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
            version: 0,
        }
    }

    fn id(number: usize) -> SecretDigest {
        SecretDigest::of(&number.to_be_bytes())
    }

    #[test]
    fn one_subject_fills_its_own_share_alone() {
        let store = MemorySessionStore::default();
        done(store.insert(&id(0), &record("other", 60))).unwrap();
        for number in 1..=SESSIONS_PER_SUBJECT.get() + 1 {
            done(store.insert(&id(number), &record("ada", 60))).unwrap();
        }
        assert_eq!(store.len(), SESSIONS_PER_SUBJECT.get() + 1);
        assert!(done(store.load(&id(1))).unwrap().is_none(), "the oldest made room");
        assert!(done(store.load(&id(0))).unwrap().is_some());
        done(store.remove_subject("ada")).unwrap();
        assert_eq!(store.len(), 1);
    }

    #[test]
    fn a_full_store_evicts_from_the_subject_that_holds_the_most() {
        let store = MemorySessionStore::new(NonZeroUsize::new(3).unwrap()).unwrap();
        done(store.insert(&id(1), &record("a", 0))).unwrap();
        done(store.insert(&id(2), &record("b", 60))).unwrap();
        done(store.insert(&id(3), &record("c", 60))).unwrap();
        done(store.insert(&id(4), &record("c", 60))).unwrap();
        assert!(done(store.load(&id(1))).unwrap().is_none(), "it had ended");
        done(store.insert(&id(5), &record("d", 60))).unwrap();
        assert!(done(store.load(&id(3))).unwrap().is_none(), "the oldest of the largest holder");
        for kept in [2, 4, 5] {
            assert!(done(store.load(&id(kept))).unwrap().is_some(), "{kept}");
        }
    }

    #[test]
    fn what_was_removed_is_not_put_back() {
        let store = MemorySessionStore::default();
        done(store.insert(&id(1), &record("a", 60))).unwrap();
        assert_eq!(done(store.update(&id(1), None, "1")).unwrap(), Updated::Kept { version: 1 });
        assert!(done(store.touch(&id(1), &record("a", 60))).unwrap());
        done(store.remove(&id(1))).unwrap();
        assert_eq!(done(store.update(&id(1), None, "2")).unwrap(), Updated::Gone);
        assert_eq!(done(store.update(&id(1), Some(1), "2")).unwrap(), Updated::Gone);
        assert!(!done(store.touch(&id(1), &record("a", 60))).unwrap());
        assert!(store.is_empty());
    }

    #[test]
    fn a_note_of_use_writes_nothing_of_what_is_kept() {
        let store = MemorySessionStore::default();
        done(store.insert(&id(1), &record("a", 60))).unwrap();
        let looked = done(store.load(&id(1))).unwrap().unwrap();
        assert_eq!(done(store.update(&id(1), Some(0), "1")).unwrap(), Updated::Kept { version: 1 });
        let later = looked.used_at() + 30;
        assert!(done(store.touch(&id(1), &looked.with_used_at(later))).unwrap());
        let found = done(store.load(&id(1))).unwrap().unwrap();
        assert_eq!((found.data(), found.version(), found.used_at()), (Some("1"), 1, later));
        assert_eq!(done(store.update(&id(1), Some(0), "2")).unwrap(), Updated::Conflict);
    }
}
