//! What is read from files again while the service runs.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

/// Reading something again: an error says why, and leaves what was there.
pub(crate) type Reloading<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// Something that was read from a file, and can be read again.
pub(crate) trait Reload: Send + Sync {
    /// What it is, for the log.
    fn name(&self) -> &str;

    /// Reads it again. What is there stays where that fails.
    fn reload(&self) -> Reloading<'_>;
}

/// All of it.
#[derive(Clone, Default)]
pub(crate) struct Reloads(Vec<Arc<dyn Reload>>);

impl Reloads {
    pub(crate) fn add(&mut self, reload: impl Reload + 'static) {
        self.0.push(Arc::new(reload));
    }

    /// And this too.
    #[cfg(feature = "tls")]
    pub(super) fn with(mut self, reload: impl Reload + 'static) -> Self {
        self.add(reload);
        self
    }

    /// Those of another list too.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// What cannot be read again, with the cause.
    pub(super) async fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for reload in &self.0 {
            if let Err(cause) = reload.reload().await {
                failures.push(format!("{}: {cause}", reload.name()));
            }
        }
        failures
    }

    /// Reads everything again, one after the other. One that fails leaves the others alone.
    pub(crate) async fn run(&self) {
        let (mut done, mut failed) = (Vec::new(), 0_usize);
        for reload in &self.0 {
            match reload.reload().await {
                Ok(()) => done.push(reload.name()),
                Err(cause) => {
                    failed = failed.saturating_add(1);
                    let what = reload.name();
                    tracing::error!(what, ?cause, "could not be reloaded, and stays as it was");
                }
            }
        }
        let done = if done.is_empty() { "nothing".to_owned() } else { done.join(", ") };
        tracing::info!(failed, "reloaded: {done}");
    }
}

impl fmt::Debug for Reloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|reload| reload.name())).finish()
    }
}

/// What a function of the service reads again.
pub(super) struct Own<F> {
    name: String,
    reload: F,
}

impl<F> Own<F> {
    pub(super) fn new(name: impl Into<String>, reload: F) -> Self {
        Self { name: name.into(), reload }
    }
}

impl<F, Returned, E> Reload for Own<F>
where
    F: Fn() -> Returned + Send + Sync,
    Returned: Future<Output = Result<(), E>> + 'static,
    E: fmt::Display,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn reload(&self) -> Reloading<'_> {
        let reloading = (self.reload)();
        Box::pin(async move { reloading.await.map_err(|error| error.to_string()) })
    }
}
