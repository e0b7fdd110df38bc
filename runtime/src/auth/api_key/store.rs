//! Stores of the records of keys.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};

use super::{
    super::{key::KeyError, key_set::read_file},
    record::ApiKeyRecord,
};
use crate::store_error::StoreError;

/// Finds the records of API keys: [`MemoryApiKeyStore`], or a service's own database.
pub trait ApiKeyStore: fmt::Debug + Send + Sync {
    /// The record of the key with this public id, as it is now.
    ///
    /// A store that cannot be reached is an error (503), never `None`.
    fn find<'a>(&'a self, id: &'a str) -> ApiKeyLookup<'a>;

    /// Whether the records came from a file, which [`reload`](Self::reload) reads again.
    fn reloads(&self) -> bool {
        false
    }

    /// Reads the records from their file again: on SIGHUP
    /// ([`Builder::on_reload`](crate::Builder::on_reload)).
    ///
    /// # Errors
    ///
    /// They cannot be read; the previous records stay.
    fn reload(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The requested record, or `None` if the id is unknown.
pub type ApiKeyFound = Result<Option<Arc<ApiKeyRecord>>, StoreError>;

/// The result of a store, at once or after a wait.
pub enum ApiKeyLookup<'a> {
    /// The result is available at once.
    Now(ApiKeyFound),
    /// The store has to be asked.
    Later(Pin<Box<dyn Future<Output = ApiKeyFound> + 'a>>),
}

impl fmt::Debug for ApiKeyLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyLookup(..)")
    }
}

/// Records in memory: from a file, which is read again on demand, and changed by the service while it runs.
///
/// When the file is read again, its records replace those that were read from it before. What the
/// service has inserted stays, and a key that it has revoked stays revoked.
///
/// Clones share the records, so a service can keep one to revoke keys through.
///
/// ```
/// use palisade::auth::{ApiKey, MemoryApiKeyStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ApiKey::generate("acme")?;
/// let store = MemoryApiKeyStore::new([key.record("ada").scopes(["items:read"])])?;
/// store.revoke(key.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryApiKeyStore {
    records: Arc<RwLock<HashMap<String, Arc<ApiKeyRecord>>>>,
    file: Option<Arc<SourceFile>>,
}

/// The file of the records.
struct SourceFile {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The keys from the file.
    ids: HashSet<String>,
    /// Keys that the service itself has revoked, which the file does not show.
    revoked: HashSet<String>,
}

impl MemoryApiKeyStore {
    /// A store of these records.
    ///
    /// # Errors
    ///
    /// Two records of one id: it would be undefined which of them counts.
    pub fn new(records: impl IntoIterator<Item = ApiKeyRecord>) -> Result<Self, KeyError> {
        let mut map = HashMap::new();
        for record in records {
            if let Some(twice) = map.insert(record.id.clone(), Arc::new(record)) {
                return Err(KeyError::of_set(format!("has the API key {:?} twice", twice.id)));
            }
        }
        Ok(Self { records: Arc::new(RwLock::new(map)), file: None })
    }

    /// A store of the records in a JSON file: a list of [`ApiKeyRecord`].
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a regular file, is longer than 1 MiB, is not such a list, or has an id twice.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref().to_owned();
        let read = Self::new(read_records(&path)?)?;
        let ids = read.records().keys().cloned().collect();
        let known = Mutex::new(Known { ids, revoked: HashSet::new() });
        Ok(Self { file: Some(Arc::new(SourceFile { path, known })), ..read })
    }

    fn records(&self) -> RwLockReadGuard<'_, HashMap<String, Arc<ApiKeyRecord>>> {
        self.records.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a record, or replaces the one with its id.
    pub fn insert(&self, record: ApiKeyRecord) {
        if let Some(file) = &self.file {
            file.known().revoked.remove(&record.id);
        }
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.insert(record.id.clone(), Arc::new(record));
    }

    /// Revokes the key with this id, at once. Returns whether there is one.
    pub fn revoke(&self, id: &str) -> bool {
        if let Some(file) = &self.file {
            file.known().revoked.insert(id.to_owned());
        }
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.get_mut(id).is_some_and(|record| {
            *record = Arc::new(ApiKeyRecord::clone(record).revoked());
            true
        })
    }
}

impl ApiKeyStore for MemoryApiKeyStore {
    fn find<'a>(&'a self, id: &'a str) -> ApiKeyLookup<'a> {
        ApiKeyLookup::Now(Ok(self.records().get(id).cloned()))
    }

    fn reloads(&self) -> bool {
        self.file.is_some()
    }

    fn reload(&self) -> Result<(), StoreError> {
        let Some(file) = &self.file else { return Ok(()) };
        let read = read_records(&file.path).and_then(Self::new);
        let read = read.map_err(|error| StoreError::new(error.to_string()))?;
        let fresh =
            std::mem::take(&mut *read.records.write().unwrap_or_else(PoisonError::into_inner));
        let mut known = file.known();
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.retain(|id, _| !known.ids.contains(id));
        known.ids = fresh.keys().cloned().collect();
        for (id, record) in fresh {
            let is_revoked = known.revoked.contains(&id);
            let record = match is_revoked {
                true => Arc::new(ApiKeyRecord::clone(&record).revoked()),
                false => record,
            };
            records.insert(id, record);
        }
        Ok(())
    }
}

impl SourceFile {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// # Errors
///
/// The file cannot be read, or is not a list of records.
fn read_records(path: &Path) -> Result<Vec<ApiKeyRecord>, KeyError> {
    let json = read_file(path)?;
    serde_json::from_slice(&json).map_err(|error| {
        KeyError::of_set(format!(
            "{}: not a list of API keys at line {}, column {}; expected [{{\"id\": .., \
             \"digest\": .., \"owner\": .., \"scopes\": [..]}}]",
            path.display(),
            error.line(),
            error.column()
        ))
    })
}

impl fmt::Debug for MemoryApiKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryApiKeyStore")
    }
}

#[cfg(all(test, unix))]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop where it stands"
)]
mod tests {
    use std::fs;

    use super::{ApiKeyLookup, ApiKeyRecord, ApiKeyStore as _, MemoryApiKeyStore};
    use crate::{auth::ApiKey, private_folder::tests::Place};

    fn key() -> ApiKey {
        ApiKey::generate("acme").unwrap()
    }

    fn is_good(store: &MemoryApiKeyStore, key: &ApiKey) -> bool {
        let ApiKeyLookup::Now(found) = store.find(key.id()) else { panic!("it is in memory") };
        found.unwrap().is_some_and(|record| !record.revoked)
    }

    #[test]
    fn a_file_that_is_read_again_takes_the_place_of_what_it_said() {
        let place = Place::new();
        let file = place.join("keys.json");
        let write = |records: &[ApiKeyRecord]| {
            fs::write(&file, serde_json::to_string(records).unwrap()).unwrap();
        };
        let (stays, goes, own, taken, comes) = (key(), key(), key(), key(), key());
        write(&[stays.record("ada"), goes.record("ada"), taken.record("ada")]);
        let store = MemoryApiKeyStore::from_file(&file).unwrap();
        let clone = store.clone();
        clone.insert(own.record("ada"));
        assert!(clone.revoke(taken.id()));

        write(&[stays.record("ada"), taken.record("ada"), comes.record("ada")]);
        store.reload().unwrap();
        assert!(is_good(&store, &stays) && is_good(&store, &comes) && is_good(&store, &own));
        assert!(!is_good(&store, &goes), "it is not in the file any more");
        assert!(!is_good(&clone, &taken), "the file does not know that it was revoked");

        fs::write(&file, "[").unwrap();
        assert!(store.reload().is_err());
        write(&[stays.record("ada"), stays.record("ada")]);
        assert!(store.reload().is_err());
        assert!(is_good(&store, &stays) && is_good(&store, &comes));

        // The file revokes, and takes that back.
        write(&[stays.record("ada").revoked()]);
        store.reload().unwrap();
        assert!(!is_good(&store, &stays) && !is_good(&store, &comes));
        write(&[stays.record("ada")]);
        store.reload().unwrap();
        assert!(is_good(&store, &stays));
        assert!(store.reloads() && !MemoryApiKeyStore::default().reloads());
    }
}
