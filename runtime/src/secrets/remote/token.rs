//! Cached credentials that are fetched themselves.

use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

use crate::secrets::SourceError;

/// How long a credential is cached at most, whatever its issuer states.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A fetched value, until it expires or is refused.
pub(super) struct Cached<T>(Mutex<Option<(T, Instant)>>);

impl<T: Clone> Cached<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// The cached value, else that of `fetch`, which says how long it may be used.
    pub(super) async fn get(
        &self,
        fetch: impl Future<Output = Result<(T, Duration), SourceError>>,
    ) -> Result<T, SourceError> {
        // Held while it is fetched: several secrets of one source log in once.
        let mut held = self.0.lock().await;
        if let Some((value, until)) = &*held
            && Instant::now() < *until
        {
            return Ok(value.clone());
        }
        let (value, usable) = fetch.await?;
        *held = Some((value.clone(), Instant::now() + usable.min(LONGEST)));
        Ok(value)
    }

    /// Drops it: it was refused.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}
