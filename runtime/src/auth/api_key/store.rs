//! Where the records of keys are kept.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    path::Path,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
};

use super::{
    super::{key::KeyError, key_set::read_file},
    record::ApiKeyRecord,
};
use crate::issue::StoreError;

/// Finds the records of API keys: [`MemoryApiKeyStore`], or a service's own database.
pub trait ApiKeyStore: fmt::Debug + Send + Sync {
    /// The record of the key with this public id, as it is now.
    ///
    /// A store that cannot be asked is an error (503), never `None`.
    fn find<'a>(&'a self, id: &'a str) -> ApiKeyLookup<'a>;
}

/// The record that was asked for, or none of that id.
pub type ApiKeyFound = Result<Option<Arc<ApiKeyRecord>>, StoreError>;

/// What a store answers, now or once it has asked somebody.
pub enum ApiKeyLookup<'a> {
    /// It needed nothing that is not here.
    Now(ApiKeyFound),
    /// It has to wait.
    Later(Pin<Box<dyn Future<Output = ApiKeyFound> + 'a>>),
}

impl fmt::Debug for ApiKeyLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyLookup(..)")
    }
}

/// Records in memory: from a file at the start, and changed by the service while it runs.
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
}

impl MemoryApiKeyStore {
    /// A store of these records.
    ///
    /// # Errors
    ///
    /// Two records of one id: which of them counts would be chance.
    pub fn new(records: impl IntoIterator<Item = ApiKeyRecord>) -> Result<Self, KeyError> {
        let mut map = HashMap::new();
        for record in records {
            if let Some(twice) = map.insert(record.id.clone(), Arc::new(record)) {
                return Err(KeyError::of_set(format!("has the API key {:?} twice", twice.id)));
            }
        }
        Ok(Self { records: Arc::new(RwLock::new(map)) })
    }

    /// A store of the records in a JSON file: a list of [`ApiKeyRecord`].
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a regular file, is longer than 1 MiB, is not such a list, or has an id twice.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let json = read_file(path.as_ref())?;
        let records: Vec<ApiKeyRecord> = serde_json::from_slice(&json).map_err(|error| {
            KeyError::of_set(format!(
                "{}: not a list of API keys at line {}, column {}; expected [{{\"id\": .., \
                 \"digest\": .., \"owner\": .., \"scopes\": [..]}}]",
                path.as_ref().display(),
                error.line(),
                error.column()
            ))
        })?;
        Self::new(records)
    }

    /// Adds a record, or puts it in the place of the one with its id.
    pub fn insert(&self, record: ApiKeyRecord) {
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.insert(record.id.clone(), Arc::new(record));
    }

    /// Takes the key with this id back, at once. Tells whether there is one.
    pub fn revoke(&self, id: &str) -> bool {
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.get_mut(id).is_some_and(|record| {
            *record = Arc::new(ApiKeyRecord::clone(record).revoked());
            true
        })
    }
}

impl ApiKeyStore for MemoryApiKeyStore {
    fn find<'a>(&'a self, id: &'a str) -> ApiKeyLookup<'a> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        ApiKeyLookup::Now(Ok(records.get(id).cloned()))
    }
}

impl fmt::Debug for MemoryApiKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryApiKeyStore")
    }
}
