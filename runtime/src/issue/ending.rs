//! The steps that end a login, or all logins of a subject, in the order in which they fail closed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{
    family::FamilyId,
    store::{RefreshStore, StoreFuture},
    unfinished::Ending,
};
use crate::{
    auth::{RevocationError, Revocations},
    clock::Moment,
    store_error::StoreError,
};

/// How many seconds an entry is kept longer than its tokens are valid. Between the entry and the
/// removal of the refresh token another instance may issue one more access token.
const MARGIN: u64 = 60;

/// The end of one login. The revocation comes first: it takes effect in this instance at once, even
/// if a later step fails, and also for tokens from a refresh in progress.
pub(super) struct LoginEnd {
    pub(super) store: Arc<dyn RefreshStore>,
    pub(super) revocations: Option<Revocations>,
    pub(super) issuer: Arc<str>,
    pub(super) login: FamilyId,
    /// The subject of the login: in a full list, the entries of one subject are counted together.
    pub(super) subject: String,
    /// The lifetime of the issuer's access tokens in seconds.
    pub(super) lifetime: u64,
    /// When the access token of the request expires; it may be from a time with longer lifetimes.
    pub(super) ends_at: u64,
    /// When the revocation was last confirmed; 0 before that.
    pub(super) revoked_at: AtomicU64,
}

impl LoginEnd {
    async fn revoke(&self) -> Result<(), StoreError> {
        let Some(revocations) = &self.revocations else { return Ok(()) };
        let now = unix_now();
        // It was confirmed, and the store did not respond then. It is repeated if the entry could
        // expire before a token that was issued since.
        let revoked_at = self.revoked_at.load(Ordering::Acquire);
        if revoked_at > 0 && now.saturating_sub(revoked_at) < MARGIN / 2 {
            return Ok(());
        }
        let until = now.saturating_add(self.lifetime).saturating_add(MARGIN).max(self.ends_at);
        let login = self.login.as_str();
        let revoked = revocations.revoke_login_of(&self.issuer, &self.subject, login, until);
        revoked.await.map_err(unconfirmed)?;
        self.revoked_at.store(now, Ordering::Release);
        Ok(())
    }
}

impl Ending for LoginEnd {
    fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async move {
            let revoked = self.revoke().await;
            let removed = self.store.remove(&self.login).await;
            revoked.and(removed)
        })
    }
}

/// The end of all logins of a subject.
pub(super) struct SubjectEnd {
    store: Arc<dyn RefreshStore>,
    revocations: Option<Revocations>,
    issuer: Arc<str>,
    subject: String,
    /// The latest time of issue of the tokens that are revoked.
    issued_until: AtomicU64,
    is_revoked: AtomicBool,
    is_removed: AtomicBool,
}

impl SubjectEnd {
    pub(super) fn new(
        store: Arc<dyn RefreshStore>,
        revocations: Option<Revocations>,
        issuer: Arc<str>,
        subject: &str,
    ) -> Self {
        Self {
            store,
            revocations,
            issuer,
            subject: subject.to_owned(),
            issued_until: AtomicU64::new(unix_now()),
            is_revoked: AtomicBool::new(false),
            is_removed: AtomicBool::new(false),
        }
    }

    async fn revoke(&self) -> Result<(), StoreError> {
        if self.is_revoked.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some(revocations) = &self.revocations {
            let until = self.issued_until.load(Ordering::Acquire);
            let revoked = revocations.revoke_subject(&self.issuer, &self.subject, until).await;
            revoked.map_err(unconfirmed)?;
        }
        self.is_revoked.store(true, Ordering::Release);
        Ok(())
    }

    async fn remove(&self) -> Result<(), StoreError> {
        if self.is_removed.load(Ordering::Acquire) {
            return Ok(());
        }
        self.store.remove_subject(&self.subject).await?;
        self.is_removed.store(true, Ordering::Release);
        // A refresh between the two steps may have issued a token in a later second.
        let now = unix_now();
        if now > self.issued_until.swap(now, Ordering::AcqRel) {
            self.is_revoked.store(false, Ordering::Release);
            self.revoke().await?;
        }
        Ok(())
    }
}

impl Ending for SubjectEnd {
    fn attempt(self: Arc<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async move {
            let revoked = self.revoke().await;
            let removed = self.remove().await;
            revoked.and(removed)
        })
    }
}

/// The end of time if the clock is wrong: an entry is kept for the maximum then.
fn unix_now() -> u64 {
    Moment::now().unix_seconds()
}

fn unconfirmed(error: RevocationError) -> StoreError {
    StoreError::new(format!("the revocation: {error}"))
}
