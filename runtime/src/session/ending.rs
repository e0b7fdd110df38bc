//! The end of a session, or of all sessions of a subject.

use std::sync::Arc;

use super::store::SessionStore;
use crate::{
    auth::SecretDigest,
    issue::{Ending, StoreFuture},
};

/// The removal of one session. It is one step, so there is no order to keep.
pub(super) struct SessionEnd {
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) id: SecretDigest,
}

impl Ending for SessionEnd {
    fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async move { self.store.remove(&self.id).await })
    }
}

/// The removal of all sessions of a subject.
pub(super) struct EverywhereEnd {
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) subject: String,
}

impl Ending for EverywhereEnd {
    fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async move { self.store.remove_subject(&self.subject).await })
    }
}

/// The name of an end that the store has yet to confirm.
pub(super) fn session_name(id: &SecretDigest) -> String {
    format!("session {}", id.encoded())
}

/// The same for all sessions of a subject.
pub(super) fn subject_name(subject: &str) -> String {
    format!("subject {subject}")
}
