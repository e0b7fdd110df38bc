//! Refresh tokens in the memory of one process.

use std::{
    fmt,
    future::ready,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    family::{Family, FamilyId},
    holdings::Holdings,
    store::{RefreshStore, StoreFuture},
};
use crate::{
    auth::SecretDigest,
    machine::{self, TooMuchMemory},
};

const DEFAULT_CAPACITY: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// The most logins of one subject at a time. The next one ends the subject's oldest.
pub(super) const FAMILIES_PER_SUBJECT: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// The most bytes of one login.
const LOGIN: u64 = 2 * 1024;

/// Refresh tokens in the memory of one process: they are lost when it ends, and other instances do
/// not know them.
///
/// The default is at most 100,000 logins (fewer if half of the memory is less), and 16 of one
/// subject. A full store accepts further logins: they replace the subject's own oldest login, or if
/// it has none, the oldest one of the subject with the most logins. Many logins of few accounts
/// therefore replace each other, and not the only login of another account.
pub struct MemoryRefreshStore {
    families: Mutex<Holdings<FamilyId, Family>>,
}

impl MemoryRefreshStore {
    /// With this capacity.
    ///
    /// # Errors
    ///
    /// This many logins need more than half of the memory of the machine or the container.
    pub fn new(capacity: NonZeroUsize) -> Result<Self, TooMuchMemory> {
        machine::capacity("the capacity of `MemoryRefreshStore`", capacity, "logins", LOGIN)?;
        Ok(Self::of(capacity))
    }

    fn of(capacity: NonZeroUsize) -> Self {
        Self { families: Mutex::new(Holdings::new(capacity, FAMILIES_PER_SUBJECT)) }
    }

    /// The number of logins. Expired ones are dropped at the next login.
    pub fn len(&self) -> usize {
        self.with(|families| families.len())
    }

    /// Whether there are no logins.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No lock is ever held across an `await`, and the code under it cannot panic between two
    /// changes.
    fn with<T>(&self, act: impl FnOnce(&mut Holdings<FamilyId, Family>) -> T) -> T {
        act(&mut self.families.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for MemoryRefreshStore {
    fn default() -> Self {
        Self::of(machine::most(DEFAULT_CAPACITY, LOGIN))
    }
}

impl fmt::Debug for MemoryRefreshStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRefreshStore")
            .field("capacity", &self.with(|families| families.capacity()))
            .finish_non_exhaustive()
    }
}

impl RefreshStore for MemoryRefreshStore {
    fn insert<'a>(&'a self, family: &'a Family) -> StoreFuture<'a, ()> {
        let (id, ends_at) = (family.id().clone(), family.expires_at());
        self.with(|families| {
            families.insert(id, family.subject(), family.clone(), ends_at, now());
        });
        Box::pin(ready(Ok(())))
    }

    fn load<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, Option<Family>> {
        Box::pin(ready(Ok(self.with(|families| families.get(id).cloned()))))
    }

    fn replace<'a>(&'a self, held: &'a SecretDigest, next: &'a Family) -> StoreFuture<'a, bool> {
        let replaced = self.with(|families| {
            families.change(next.id(), |family| {
                family.current().is(held).then(|| {
                    family.clone_from(next);
                    ((), next.expires_at())
                })
            })
        });
        Box::pin(ready(Ok(replaced.is_some())))
    }

    fn remove<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, ()> {
        self.with(|families| families.remove(id));
        Box::pin(ready(Ok(())))
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        self.with(|families| families.remove_subject(subject));
        Box::pin(ready(Ok(())))
    }
}

/// With a clock before 1970 no login expires, so that none is dropped.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
