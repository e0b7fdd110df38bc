//! Stores of sessions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{auth::SecretDigest, issue::StoreFuture};

/// The stored state of a session. The id itself is not stored: a reader of the store has no cookie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The service of the session, if services may share the store.
    #[serde(default)]
    pub(super) service: String,
    pub(super) subject: String,
    pub(super) scopes: Vec<String>,
    pub(super) began_at: u64,
    pub(super) used_at: u64,
    /// Seconds without a request after which it ends.
    pub(super) idle: u64,
    /// When it ends at the latest.
    pub(super) expires_at: u64,
    pub(super) data: Option<String>,
    /// Incremented by each change of the data.
    #[serde(default)]
    pub(super) version: u64,
}

impl SessionRecord {
    /// The subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When it ends if it is not used, in seconds since 1970-01-01 UTC: until then a store keeps
    /// it.
    pub fn ends_at(&self) -> u64 {
        self.used_at.saturating_add(self.idle).min(self.expires_at)
    }

    /// When it was last used, in seconds since 1970-01-01 UTC.
    pub fn used_at(&self) -> u64 {
        self.used_at
    }

    /// The data that handlers store with it: a string of JSON.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The version of the data: 0 when a session begins, incremented by each
    /// [`update`](SessionStore::update).
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The same with other data.
    #[must_use]
    pub fn with_data(mut self, data: Option<String>, version: u64) -> Self {
        self.data = data;
        self.version = version;
        self
    }

    /// The same with another time of use.
    #[must_use]
    pub fn with_used_at(mut self, used_at: u64) -> Self {
        self.used_at = used_at;
        self
    }

    /// When it ends at the latest, in seconds since 1970-01-01 UTC.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }
}

/// Stores sessions: [`MemorySessionStore`](super::MemorySessionStore), with the feature `redis` a
/// store that instances share, or a service's own database.
///
/// The data, its version and the time of the last use change separately, so each is stored by
/// itself: a request that notes its use writes none of the data of another one. A table with a
/// string column for the [`encoded`](SecretDigest::encoded) id, one for the
/// [`subject`](SessionRecord::subject), times for [`used_at`](SessionRecord::used_at) and
/// [`ends_at`](SessionRecord::ends_at), the [`data`](SessionRecord::data), its
/// [`version`](SessionRecord::version) and the record as JSON is sufficient; a record that is
/// loaded has the columns' values ([`with_data`](SessionRecord::with_data),
/// [`with_used_at`](SessionRecord::with_used_at)).
///
/// A missing answer is an error, never an empty result: a store has its own time-out.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Inserts a new session.
    ///
    /// A store may remove the subject's oldest sessions above a number of its own.
    fn insert<'a>(&'a self, id: &'a SecretDigest, record: &'a SessionRecord)
    -> StoreFuture<'a, ()>;

    /// The session of this id; `None` if it is unknown. A session that has ended may be returned.
    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>>;

    /// Replaces the data of an existing session, and increments its version. If `read` is given,
    /// only if the version still is that one. A session that was removed is not restored.
    ///
    /// Comparison and change are one step: `UPDATE .. SET data = .., version = version + 1 WHERE id
    /// = .. AND version = ..`. A store that cannot distinguish a removed session from another
    /// version returns [`Conflict`](Updated::Conflict).
    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        read: Option<u64>,
        data: &'a str,
    ) -> StoreFuture<'a, Updated>;

    /// Notes that a session was used at [`record.used_at()`](SessionRecord::used_at), so that it
    /// ends at [`record.ends_at()`](SessionRecord::ends_at), unless a later use is noted already.
    /// It writes these two alone: the data of the record may be old. False if the session was
    /// removed; it is not restored.
    fn touch<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool>;

    /// Removes a session. A missing session is not an error.
    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()>;

    /// Removes every session of this subject.
    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()>;
}

/// The result of an [`update`](SessionStore::update).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// The data was written, with this version.
    Kept {
        /// The version of the data now.
        version: u64,
    },
    /// Another request has written since the version that was read. Nothing was changed.
    Conflict,
    /// The session does not exist, or was removed.
    Gone,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::SessionRecord;

    /// A stored record, with some of its values replaced by others.
    fn written() -> impl Strategy<Value = Value> {
        let value = prop_oneof![
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            any::<String>().prop_map(Value::from),
            Just(Value::Null),
            prop::collection::vec(any::<String>(), 0..3).prop_map(|list| json!(list)),
        ];
        const NAMES: &[&str] = &[
            "service",
            "subject",
            "scopes",
            "began_at",
            "used_at",
            "idle",
            "expires_at",
            "data",
            "version",
        ];
        let changes = prop::collection::vec((prop::sample::select(NAMES), value), 0..4);
        changes.prop_map(|changes| {
            let mut record = json!({
                "service": "shop", "subject": "ada", "scopes": ["a"], "began_at": 1, "used_at": 2,
                "idle": 3, "expires_at": 9, "data": null, "version": 0
            });
            for (name, value) in changes {
                record[name] = value;
            }
            record
        })
    }

    proptest! {
        #[test]
        fn what_a_store_holds_is_refused_or_ends_in_time(written in written()) {
            let Ok(record) = serde_json::from_value::<SessionRecord>(written) else { return Ok(()) };
            prop_assert!(record.ends_at() <= record.expires_at());
            let text = serde_json::to_string(&record).unwrap();
            let again: SessionRecord = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
            let later = again.with_used_at(u64::MAX).with_data(None, u64::MAX);
            prop_assert_eq!(later.ends_at(), later.expires_at());
        }
    }
}
