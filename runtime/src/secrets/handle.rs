//! A secret that is refreshed.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use secrecy::SecretString;
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use super::{Secret, SecretAddress, Source, SourceError, holder::Keeper};
use crate::{
    app::caught,
    audit::{Event, Outcome, send_to_all},
};

/// A secret that [`Secrets`](super::Secrets) fetched and refreshes.
///
/// Cloning it is cheap. The secret is refreshed for as long as a handle, or a follower of it,
/// exists.
#[derive(Clone)]
pub struct SecretHandle(Arc<Held>);

/// The state that the handles of a secret share with its refresher.
pub(super) struct Held {
    name: Box<str>,
    /// Absent if the value never changes.
    origin: Option<Origin>,
    current: ArcSwap<Secret>,
    /// The number of values so far.
    generation: watch::Sender<u64>,
    followers: Mutex<Vec<Follower>>,
    attempts: watch::Sender<Attempts>,
    /// Wakes the task before its time.
    pub(super) wake: Arc<Notify>,
    next: AtomicU64,
}

pub(super) struct Origin {
    pub(super) address: SecretAddress,
    pub(super) source: Arc<dyn Source>,
    /// The thread runs as long as a secret is refreshed on it.
    pub(super) keeper: Arc<Keeper>,
}

/// How many attempts to refresh have begun and ended, and the result of the last one.
#[derive(Clone, Default)]
struct Attempts {
    begun: u64,
    ended: u64,
    failure: Option<SourceError>,
}

/// The use of a new value; its error is why the value cannot be used.
type Take = Arc<dyn Fn(&Secret) -> Result<(), String> + Send + Sync>;

struct Follower {
    number: u64,
    take: Take,
}

/// Follows the changes of a secret: see [`SecretHandle::changes`].
#[derive(Debug)]
pub struct SecretChanges {
    handle: SecretHandle,
    generation: watch::Receiver<u64>,
}

/// Ends [`SecretHandle::follow`] when it is dropped.
#[must_use = "the following ends when this is dropped"]
pub(crate) struct Following {
    held: std::sync::Weak<Held>,
    number: u64,
}

impl SecretHandle {
    /// A secret that never changes: for code that takes a handle, and a value that is a setting.
    pub fn fixed(name: &str, value: SecretString) -> Self {
        Self(Arc::new(Held::new(name, None, Secret::new(value))))
    }

    pub(super) fn kept(name: &str, origin: Origin, first: Secret) -> Self {
        Self(Arc::new(Held::new(name, Some(origin), first)))
    }

    pub(super) fn held(&self) -> &Arc<Held> {
        &self.0
    }

    /// The setting, or the service's name of the secret.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its source; `None` for a [fixed](Self::fixed) one.
    pub fn address(&self) -> Option<&SecretAddress> {
        self.0.origin.as_ref().map(|origin| &origin.address)
    }

    /// The present value.
    pub fn current(&self) -> Arc<Secret> {
        self.0.current.load_full()
    }

    /// The changes from now on.
    ///
    /// ```
    /// # use palisade::secrets::SecretHandle;
    /// # async fn follow(handle: SecretHandle) {
    /// let mut changes = handle.changes();
    /// while let Some(secret) = changes.next().await {
    ///     println!("now at version {:?}", secret.version_name());
    /// }
    /// # }
    /// ```
    pub fn changes(&self) -> SecretChanges {
        SecretChanges { handle: self.clone(), generation: self.0.generation.subscribe() }
    }

    /// Fetches it now, and returns whether the value changed: for a value that a server has just
    /// refused.
    ///
    /// Attempts are a second apart, and concurrent callers share one. A fixed secret never changes.
    ///
    /// # Errors
    ///
    /// The source cannot provide the secret. The last value is kept.
    pub async fn refetch(&self) -> Result<bool, SourceError> {
        let Some(origin) = &self.0.origin else { return Ok(false) };
        let before = *self.0.generation.borrow();
        let mut attempts = self.0.attempts.subscribe();
        // One that is under way may have been answered before the value changed.
        let awaited = attempts.borrow_and_update().begun + 1;
        self.0.wake.notify_one();
        let patience = origin.keeper.longest_refetch();
        let waited =
            timeout(patience, attempts.wait_for(|attempts| attempts.ended >= awaited)).await;
        match waited {
            Ok(Ok(attempts)) => match &attempts.failure {
                Some(failure) => Err(failure.clone()),
                None => Ok(*self.0.generation.borrow() != before),
            },
            // The thread has ended, which it does with its process.
            Ok(Err(_)) | Err(_) => {
                Err(SourceError::unavailable(format!("no answer within {patience:?}")))
            }
        }
    }

    /// Passes each value after `seen` to `take`, on the thread that refreshes, until the returned
    /// guard is dropped. If `take` refuses a value, that is logged, and the previous value stays in
    /// use.
    pub(crate) fn follow(
        &self,
        seen: &Secret,
        take: impl Fn(&Secret) -> Result<(), String> + Send + Sync + 'static,
    ) -> Following {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let take: Take = Arc::new(take);
        self.0.followers().push(Follower { number, take: Arc::clone(&take) });
        // It may have changed between the reading of the first value and now.
        let current = self.current();
        if !current.is_same(seen) {
            self.0.hand(&take, &current);
        }
        Following { held: Arc::downgrade(&self.0), number }
    }

    /// Runs this on the thread that refreshes, after so long; never for a fixed secret, which has
    /// no such thread.
    pub(crate) fn later(&self, delay: Duration, work: impl FnOnce() + Send + 'static) {
        if let Some(origin) = &self.0.origin {
            origin.keeper.later(delay, work);
        }
    }

    /// How long the values of instances may differ: the time between two refreshes, and that of an
    /// attempt. Zero for a fixed secret.
    pub(crate) fn spread_of_change(&self) -> Duration {
        self.0.origin.as_ref().map_or(Duration::ZERO, |origin| origin.keeper.spread_of_change())
    }
}

impl Held {
    fn new(name: &str, origin: Option<Origin>, first: Secret) -> Self {
        Self {
            name: Box::from(name),
            origin,
            current: ArcSwap::from_pointee(first),
            generation: watch::Sender::new(0),
            followers: Mutex::default(),
            attempts: watch::Sender::default(),
            wake: Arc::default(),
            next: AtomicU64::new(0),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    pub(super) fn current(&self) -> Arc<Secret> {
        self.current.load_full()
    }

    pub(super) fn begins(&self) {
        self.attempts.send_modify(|attempts| attempts.begun += 1);
    }

    pub(super) fn ends(&self, failure: Option<SourceError>) {
        self.attempts.send_modify(|attempts| {
            attempts.ended = attempts.begun;
            attempts.failure = failure;
        });
    }

    /// Stores a fetched value; returns whether it has changed.
    pub(super) fn renew(&self, secret: Secret) -> bool {
        let before = self.current();
        let is_same = before.is_same(&secret);
        let secret = Arc::new(secret);
        // The same value may have another version and another lease.
        self.current.store(Arc::clone(&secret));
        if is_same {
            return false;
        }
        let version = secret.version_name().unwrap_or("unknown");
        tracing::info!(
            target: "palisade::audit",
            event = "secret_changed",
            secret = &*self.name,
            version,
            "a secret has a new value"
        );
        send_to_all(&Event {
            secret: Some(&self.name),
            secret_version: secret.version_name(),
            ..Event::new("secret-changed", Outcome::Success)
        });
        // Without the lock: one that follows may begin or end to follow another.
        let followers: Vec<_> =
            self.followers().iter().map(|follower| Arc::clone(&follower.take)).collect();
        for take in followers {
            self.hand(&take, &secret);
        }
        self.generation.send_modify(|generation| *generation += 1);
        true
    }

    fn hand(&self, take: &Take, secret: &Secret) {
        // The message of a panic may quote the value.
        let taken =
            caught(|| take(secret)).unwrap_or_else(|_| Err("taking it panicked".to_owned()));
        if let Err(why) = taken {
            tracing::error!(
                target: "palisade::audit",
                event = "secret_refused",
                secret = &*self.name,
                version = secret.version_name().unwrap_or("unknown"),
                %why,
                "the new value of a secret cannot be used: the one before stays in use"
            );
            send_to_all(&Event {
                secret: Some(&self.name),
                secret_version: secret.version_name(),
                cause: Some(&why),
                ..Event::new("secret-refused", Outcome::Failure)
            });
        }
    }

    fn followers(&self) -> std::sync::MutexGuard<'_, Vec<Follower>> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task finds that there is nothing left to refresh.
impl Drop for Held {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

impl SecretChanges {
    /// Waits for the next value. Of several changes between two calls, the last one is returned.
    /// `None` for a [fixed](SecretHandle::fixed) secret, which never changes.
    pub async fn next(&mut self) -> Option<Arc<Secret>> {
        self.handle.0.origin.as_ref()?;
        self.generation.changed().await.ok()?;
        Some(self.handle.current())
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if let Some(held) = self.held.upgrade() {
            held.followers().retain(|follower| follower.number != self.number);
        }
    }
}

/// Leaves out the value.
impl fmt::Debug for SecretHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretHandle")
            .field("name", &self.name())
            .field("address", &self.address())
            .field("current", &self.current())
            .finish()
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following").field("number", &self.number).finish_non_exhaustive()
    }
}
