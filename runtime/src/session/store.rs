//! Where sessions are remembered.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{auth::SecretDigest, issue::StoreFuture};

/// What is kept of a session. The id itself is not: whoever reads the store has no cookie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The service whose session it is, where the store is one that services may share.
    #[serde(default)]
    pub(super) service: String,
    pub(super) subject: String,
    pub(super) scopes: Vec<String>,
    pub(super) began_at: u64,
    pub(super) used_at: u64,
    /// Seconds without a request after which it ends.
    pub(super) idle: u64,
    /// When it ends whatever happens.
    pub(super) expires_at: u64,
    pub(super) data: Option<String>,
}

impl SessionRecord {
    /// Whose it is.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When it ends if nobody uses it, in seconds since 1970-01-01 UTC: until then a store keeps it.
    pub fn ends_at(&self) -> u64 {
        self.used_at.saturating_add(self.idle).min(self.expires_at)
    }

    /// When it ends at the latest, in seconds since 1970-01-01 UTC.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }
}

/// Remembers sessions: [`MemorySessionStore`](super::MemorySessionStore), with the feature `redis`
/// a store that instances share, or a service's own database.
///
/// A table with a text for the [`encoded`](SecretDigest::encoded) id, one for the
/// [`subject`](SessionRecord::subject), a time for [`ends_at`](SessionRecord::ends_at) and the record
/// as JSON is enough.
///
/// An answer that does not come is an error, never an empty answer: a store keeps its own time-out.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Puts a new session in.
    ///
    /// A store may drop the subject's oldest sessions above a number that suits it.
    fn insert<'a>(&'a self, id: &'a SecretDigest, record: &'a SessionRecord)
    -> StoreFuture<'a, ()>;

    /// The session of this id, unless it is unknown. One that has ended may be given.
    fn load<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, Option<SessionRecord>>;

    /// Replaces a session that is there; one that was removed is not put back, and the answer is
    /// false. Comparison and change are one step.
    fn update<'a>(
        &'a self,
        id: &'a SecretDigest,
        record: &'a SessionRecord,
    ) -> StoreFuture<'a, bool>;

    /// Removes a session. One that is not there is no error.
    fn remove<'a>(&'a self, id: &'a SecretDigest) -> StoreFuture<'a, ()>;

    /// Removes every session of this subject.
    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()>;
}
