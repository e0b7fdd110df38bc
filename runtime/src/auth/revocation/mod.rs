//! Credentials that were revoked before they expired.
//!
//! Every instance has the whole list, so that a request checks its own memory: for a token that was
//! checked since the last revocation, that is one comparison of two numbers.
//!
//! 1. A token is revoked by its id (`jti`), with all others of its login (`sid`), or with all that
//!    its subject was issued up to some second.
//! 2. [`Revocations::in_memory`] is for a service of one instance. `Revocations::redis` (feature
//!    `redis`) follows a stream in Redis: what one instance revokes reaches the others in
//!    milliseconds, and an entry cannot be lost on the way, because each instance reads on from
//!    the last one that it has seen.
//! 3. A list that could not be confirmed for longer than [`MAX_STALENESS`] is not trusted: 503. An
//!    endpoint may say `#[credentials(revocation_outage = allow, reason = "..")]`; there, what the
//!    old list does not name passes, and the log says so.
//! 4. An entry is kept until the token that it names has ended, one of a subject for
//!    [`HORIZON`]. Where revocations are configured, a token that lives longer than that is refused.
//! 5. The list is bounded, and a full one goes on: a new revocation takes effect, other callers are
//!    not refused, and nothing that was revoked is good again. The entries of a subject that has
//!    many are merged into one that ends all its logins; if that is not enough, the oldest
//!    tokens of the issuer with most entries end, and their clients get new ones. The log says so.

mod entry;
mod ledger;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod stream;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use entry::{Entry, Kind};
use ledger::{Ledger, issued_by};

use super::{principal::Principal, verifier::MAX_LEEWAY};
use crate::clock::Moment;

/// How old the list of an instance may be.
pub const MAX_STALENESS: Duration = Duration::from_secs(2);

/// How long a subject's entry is kept, and the longest lifetime of a token if revocations are
/// configured: 30 days.
pub const HORIZON: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Entries of one list: 90 MiB, and 134 while the table grows for the last time. A test measures
/// it.
const CAPACITY: usize = 1_000_000;

/// Never the number of a list: a token with this number was checked against no list.
pub(super) const NEVER_ASKED: u64 = 0;

/// The moment of a list that needs no confirmation.
const ALWAYS_FRESH: u64 = u64::MAX;

static EPOCHS: AtomicU64 = AtomicU64::new(NEVER_ASKED + 1);

/// The revoked credentials, and the way to revoke more of them.
///
/// Pass one to [`Builder::revocations`](crate::Builder::revocations); handlers take it as
/// `Data<Revocations>`. Cloning it is cheap, and all clones are one list.
///
/// ```
/// use palisade::{auth::Revocations, prelude::*};
///
/// #[post("/log-out")]
/// #[authenticated]
/// #[credentials(bearer, revocation_outage = allow, reason = "a log-out takes access away")]
/// async fn log_out(who: Principal, revocations: Data<Revocations>) -> Result<NoContent> {
///     let revoked = revocations.revoke(&who).await;
///     revoked.map_err(|error| Problem::unavailable(error.to_string()))?;
///     Ok(NoContent)
/// }
/// ```
#[derive(Clone)]
pub struct Revocations {
    list: Arc<List>,
    #[cfg(feature = "redis")]
    shared: Option<redis::Shared>,
    /// Sessions that are removed from their store when they are revoked: the list may be forgotten
    /// (a restart) before the session ends.
    sessions: Arc<RwLock<Vec<Arc<dyn RevokedSessions>>>>,
}

/// The name of sessions among credentials, and the issuer of their principals.
pub(crate) const SESSIONS: &str = "session";

/// Sessions that are removed from their store once they are revoked.
pub(crate) trait RevokedSessions: Send + Sync {
    /// Removes one session; `id` is the token id of its principal.
    fn end_revoked<'a>(
        &'a self,
        id: &'a str,
        subject: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// Removes all sessions of a subject.
    fn end_revoked_subject<'a>(
        &'a self,
        subject: &'a str,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// The list of one instance.
pub(super) struct List {
    ledger: RwLock<Ledger>,
    /// Another number after each change, and never the same for two lists of a process: a principal
    /// has the number under which it was found valid.
    epoch: AtomicU64,
    /// Until when the list counts as confirmed, in nanoseconds of this process's clock.
    fresh_until: AtomicU64,
}

/// The standing of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Good,
    Revoked,
    /// Not revoked as far as it is known, but the list may be outdated.
    Unknown,
    /// They live longer than a revocation of their subject would be kept.
    TooLongLived,
}

impl Revocations {
    /// A list in this process's memory, which a restart empties: for services of one instance whose
    /// tokens are short-lived.
    pub fn in_memory() -> Self {
        Self {
            list: Arc::new(List::new(CAPACITY, ALWAYS_FRESH)),
            #[cfg(feature = "redis")]
            shared: None,
            sessions: Arc::default(),
        }
    }

    /// A list that all instances with the same Redis share.
    ///
    /// The list is under the prefix of `redis`, and no service with another prefix can add to it.
    /// Services that share a list on purpose, such as an identity service and those that accept its
    /// tokens, use one prefix (`PALISADE_REVOCATIONS_PREFIX`).
    ///
    /// Nothing is connected before the first request for it or the start of the service; without
    /// Redis, requests that need an identity are answered 503. Redis should keep its data over a
    /// restart (`appendonly yes`): running instances remember entries that it loses, new ones
    /// cannot.
    ///
    /// # Errors
    ///
    /// The thread that follows the list cannot be started.
    #[cfg(feature = "redis")]
    pub fn redis(redis: &crate::Redis) -> Result<Self, RevocationError> {
        let list = Arc::new(List::new(CAPACITY, 0));
        let shared = redis::Shared::follow(redis, &list)?;
        Ok(Self { list, shared: Some(shared), sessions: Arc::default() })
    }

    /// Whether other instances share it.
    pub(crate) fn is_shared(&self) -> bool {
        #[cfg(feature = "redis")]
        return self.shared.is_some();
        #[cfg(not(feature = "redis"))]
        false
    }

    /// Revokes the caller's own credentials, and no others. A session is removed from its store
    /// too. Earlier tokens of the same login stay valid:
    /// [`TokenIssuer::end_login`](crate::issue::TokenIssuer::end_login) revokes all of them.
    ///
    /// # Errors
    ///
    /// The credentials have no id; else as [`revoke_token`](Self::revoke_token).
    pub async fn revoke(&self, who: &Principal) -> Result<(), RevocationError> {
        let id = who.token_id().ok_or(RevocationError::NoTokenId)?;
        self.revoke_one(who.issuer(), id, Some(who.subject()), who.expires_at()).await
    }

    /// Revokes the token with this id (`jti`) of this issuer. `expires_at` is its `exp`: until then
    /// the entry is kept.
    ///
    /// # Errors
    ///
    /// The store cannot be reached: other instances may still accept the token, and this should be
    /// tried again.
    pub async fn revoke_token(
        &self,
        issuer: &str,
        id: &str,
        expires_at: u64,
    ) -> Result<(), RevocationError> {
        self.revoke_one(issuer, id, None, expires_at).await
    }

    async fn revoke_one(
        &self,
        issuer: &str,
        id: &str,
        subject: Option<&str>,
        expires_at: u64,
    ) -> Result<(), RevocationError> {
        let entry = named(Kind::Token, issuer, id, subject, kept_until(expires_at));
        let recorded = self.record(entry).await;
        if issuer == SESSIONS {
            for sessions in self.sessions() {
                sessions.end_revoked(id, subject).await;
            }
        }
        recorded
    }

    /// Revokes every token of one login of this issuer, however many were issued for it: those
    /// whose claim `sid` is this string. The entry is kept until `until` (Unix time), which is when
    /// the last of them expires; no longer than [`HORIZON`].
    ///
    /// End the login first: once the list is full, an old entry covers only the tokens that were
    /// issued before it. [`revoke_login_of`](Self::revoke_login_of) names the subject too.
    ///
    /// # Errors
    ///
    /// As [`revoke_token`](Self::revoke_token).
    pub async fn revoke_login(
        &self,
        issuer: &str,
        login: &str,
        until: u64,
    ) -> Result<(), RevocationError> {
        self.record(named(Kind::Login, issuer, login, None, kept_until(until))).await
    }

    /// The same for a login of this subject: a subject that logs in and out repeatedly fills its
    /// own share of the list alone.
    ///
    /// # Errors
    ///
    /// As [`revoke_token`](Self::revoke_token).
    pub async fn revoke_login_of(
        &self,
        issuer: &str,
        subject: &str,
        login: &str,
        until: u64,
    ) -> Result<(), RevocationError> {
        self.record(named(Kind::Login, issuer, login, Some(subject), kept_until(until))).await
    }

    /// Revokes everything that this issuer gave the subject up to and including the second
    /// `issued_until` (Unix time): a log-out everywhere. Credentials without an `iat` are revoked
    /// too.
    ///
    /// Choose the present second if the issuer's clock is this service's own. If it may be ahead,
    /// add the tolerance of the verifier (30 seconds by default), or a token from within that time
    /// stays valid; logins within it have to be repeated.
    ///
    /// # Errors
    ///
    /// As [`revoke_token`](Self::revoke_token).
    pub async fn revoke_subject(
        &self,
        issuer: &str,
        subject: &str,
        issued_until: u64,
    ) -> Result<(), RevocationError> {
        let until = horizon_from(now().max(issued_until));
        let entry = Entry {
            kind: Kind::Subject,
            issuer: issuer.into(),
            name: subject.into(),
            subject: None,
            issued_until,
            until,
        };
        let recorded = self.record(entry).await;
        // Those of an earlier second alone are left to the list, which tells them apart.
        if issuer == SESSIONS && issued_until >= now() {
            for sessions in self.sessions() {
                sessions.end_revoked_subject(subject).await;
            }
        }
        recorded
    }

    /// Removes sessions of this service from their store too when they are revoked.
    pub(crate) fn remove_from(&self, sessions: impl RevokedSessions + 'static) {
        let sessions = Arc::new(sessions);
        self.sessions.write().unwrap_or_else(PoisonError::into_inner).push(sessions);
    }

    fn sessions(&self) -> Vec<Arc<dyn RevokedSessions>> {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the list is confirmed now. If it is not, requests with credentials are answered 503:
    /// for health checks.
    pub fn is_fresh(&self) -> bool {
        !self.list.is_stale(Moment::now())
    }

    /// How many entries the list has.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.list.ledger.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// When the last entry may be forgotten, in seconds since 1970-01-01 UTC.
    #[cfg(test)]
    pub(crate) fn last_end(&self) -> Option<u64> {
        self.list.ledger.read().unwrap_or_else(PoisonError::into_inner).last_end()
    }

    /// The standing of these credentials at `moment`.
    pub(crate) fn standing(&self, who: &Principal, moment: Moment) -> Standing {
        self.list.standing(who, moment)
    }

    #[cfg_attr(
        not(feature = "redis"),
        expect(clippy::unused_async, reason = "only a shared list has to be waited for")
    )]
    async fn record(&self, entry: Entry) -> Result<(), RevocationError> {
        // Here at once, whatever becomes of the others: stricter is never wrong.
        self.list.record([&entry]);
        #[cfg(feature = "redis")]
        if let Some(shared) = &self.shared {
            return shared.publish(entry).await;
        }
        Ok(())
    }
}

impl List {
    fn new(capacity: usize, fresh_until: u64) -> Self {
        Self {
            ledger: RwLock::new(Ledger::new(capacity)),
            epoch: AtomicU64::new(EPOCHS.fetch_add(1, Ordering::Relaxed)),
            fresh_until: AtomicU64::new(fresh_until),
        }
    }

    fn standing(&self, who: &Principal, moment: Moment) -> Standing {
        // Read before the ledger: what comes in between has a newer number.
        let epoch = self.epoch.load(Ordering::Acquire);
        if who.asked_at() != epoch {
            let ledger = self.ledger.read().unwrap_or_else(PoisonError::into_inner);
            if ledger.names(who) {
                return Standing::Revoked;
            }
            drop(ledger);
            if lives_too_long(who) {
                return Standing::TooLongLived;
            }
            who.note_asked(epoch);
        }
        if self.is_stale(moment) { Standing::Unknown } else { Standing::Good }
    }

    fn is_stale(&self, moment: Moment) -> bool {
        moment.as_nanos() > self.fresh_until.load(Ordering::Acquire)
    }

    /// Notes entries.
    pub(super) fn record<'e>(&self, entries: impl IntoIterator<Item = &'e Entry>) {
        let now = now();
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            ledger.record(entry, now);
        }
        self.epoch.store(EPOCHS.fetch_add(1, Ordering::Relaxed), Ordering::Release);
    }

    #[cfg(feature = "redis")]
    pub(super) fn confirm(&self, moment: Moment) {
        self.fresh_until.fetch_max(moment.after(MAX_STALENESS).as_nanos(), Ordering::AcqRel);
    }
}

/// Credentials without an end (`u64::MAX`) are revoked in their store. Those without a beginning
/// may have lived longer than any entry about them.
fn lives_too_long(who: &Principal) -> bool {
    let is_long = |issued| who.expires_at().saturating_sub(issued) > HORIZON.as_secs();
    who.expires_at() != u64::MAX && who.issued_at().is_none_or(is_long)
}

fn now() -> u64 {
    Moment::now().unix_seconds()
}

/// A token or a login.
fn named(kind: Kind, issuer: &str, name: &str, subject: Option<&str>, until: u64) -> Entry {
    Entry {
        kind,
        issuer: issuer.into(),
        name: name.into(),
        subject: subject.map(Into::into),
        issued_until: issued_by(now()),
        until,
    }
}

/// Until when an entry is kept whose tokens expire then.
fn kept_until(end: u64) -> u64 {
    end.saturating_add(MAX_LEEWAY).min(horizon_from(now()))
}

fn horizon_from(now: u64) -> u64 {
    now.saturating_add(HORIZON.as_secs()).saturating_add(MAX_LEEWAY)
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations").field("fresh", &self.is_fresh()).finish_non_exhaustive()
    }
}

/// Why credentials could not be revoked, or a list could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationError {
    /// The credentials have no id.
    NoTokenId,
    /// The thread that follows a shared list could not be started.
    Thread,
    /// The store did not confirm in time. This instance knows of the revocation; others may not.
    Unreachable,
}

impl fmt::Display for RevocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTokenId => "the credentials have no id (`jti`); revoke their subject",
            Self::Thread => "the thread that follows the list could not be started",
            Self::Unreachable => "the store of revocations did not confirm in time; try again",
        })
    }
}

impl std::error::Error for RevocationError {}
