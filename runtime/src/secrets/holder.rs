//! The sources of a service, and the thread on which secrets are fetched and refreshed.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Weak, mpsc},
    thread,
    time::Duration,
};

use secrecy::ExposeSecret as _;
use tokio::{
    runtime,
    sync::oneshot,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

use super::{
    Secret, SecretAddress, SecretHandle, SecretsError, Source, SourceError,
    handle::{Held, Origin},
    local::{EnvironmentSource, FileSource},
};
use crate::{
    app::catching,
    audit::{Event, Outcome, send_to_all},
    spread::spread,
};

/// The time between two refreshes by default, unless a lease is shorter.
const REFRESH: Duration = Duration::from_secs(300);
const REFRESH_BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(86_400));

/// The time limit of one attempt, log-in at the source included.
const TIME_OUT: Duration = Duration::from_secs(5);
const TIME_OUT_BOUNDS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));

/// From the start of one attempt to the start of the next, whatever causes it.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause after attempts that failed.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);

/// The secrets of a service: their sources, and how often they are fetched again.
///
/// Cloning it is cheap. The thread that refreshes ends when neither it nor a [`SecretHandle`] is
/// left.
///
/// ```
/// use std::time::Duration;
///
/// use palisade::secrets::Secrets;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("secrets-{}.json", std::process::id()));
/// # std::fs::write(&path, r#"{"form_key": "tK8z6AqW1vR4yLh3Nd0xPmUe9sGcJb5f"}"#)?;
/// # use std::os::unix::fs::PermissionsExt;
/// # std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
/// let secrets = Secrets::builder().refresh_every(Duration::from_secs(60)).build()?;
/// let address = format!("file:{}#form_key", path.display());
/// let key = secrets.fetch_blocking("the form key", &address)?;
/// let tokens = palisade::FormTokens::with_secret(&key);
/// # let _ = tokens;
/// # std::fs::remove_file(path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Secrets {
    sources: Arc<BTreeMap<Box<str>, Arc<dyn Source>>>,
    keeper: Arc<Keeper>,
}

/// The thread, and the schedule of its attempts.
pub(super) struct Keeper {
    runtime: runtime::Handle,
    refresh: Duration,
    time_out: Duration,
    /// Closed by being dropped.
    _life: oneshot::Sender<()>,
}

/// Collects the sources of a service: see [`Secrets::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct SecretsBuilder {
    sources: BTreeMap<Box<str>, Arc<dyn Source>>,
    refresh: Duration,
    time_out: Duration,
}

impl Secrets {
    /// Secrets from files (`file:`) and the environment (`env:`), and from the sources that are
    /// added.
    pub fn builder() -> SecretsBuilder {
        let mut sources: BTreeMap<Box<str>, Arc<dyn Source>> = BTreeMap::new();
        sources.insert(Box::from("file"), Arc::new(FileSource));
        sources.insert(Box::from("env"), Arc::new(EnvironmentSource));
        SecretsBuilder { sources, refresh: REFRESH, time_out: TIME_OUT }
    }

    /// Fetches a secret, and refreshes it from then on. `name` is the setting with the address, or
    /// the service's name of the secret: errors and events begin with it.
    ///
    /// An unavailable source is tried again until the time-out of one attempt has passed twice, for
    /// sources that start together with the service.
    ///
    /// # Errors
    ///
    /// See [`SecretsError`].
    pub async fn fetch(&self, name: &str, address: &str) -> Result<SecretHandle, SecretsError> {
        let first = self.ask(name, address)?;
        let (send, receive) = oneshot::channel();
        let time_out = self.keeper.time_out;
        drop(self.keeper.runtime.spawn(async move {
            let _left = send.send(first.fetch(time_out).await);
        }));
        let fetched = receive.await;
        fetched.unwrap_or_else(|_| Err(ended())).map(|fetched| self.keep(name, fetched))
    }

    /// As [`fetch`](Self::fetch), for a start that is not asynchronous. The calling thread waits.
    ///
    /// # Errors
    ///
    /// See [`SecretsError`].
    pub fn fetch_blocking(&self, name: &str, address: &str) -> Result<SecretHandle, SecretsError> {
        let first = self.ask(name, address)?;
        let (send, receive) = mpsc::sync_channel(1);
        let time_out = self.keeper.time_out;
        drop(self.keeper.runtime.spawn(async move {
            let _left = send.send(first.fetch(time_out).await);
        }));
        let fetched = receive.recv();
        fetched.unwrap_or_else(|_| Err(ended())).map(|fetched| self.keep(name, fetched))
    }

    fn ask(&self, name: &str, address: &str) -> Result<First, SecretsError> {
        let address: SecretAddress =
            address.parse().map_err(|error| SecretsError::Address(Box::from(name), error))?;
        let Some(source) = self.sources.get(address.scheme()) else {
            return Err(SecretsError::NoSource(Box::from(name), no_source(&self.sources)));
        };
        Ok(First { name: Box::from(name), address, source: Arc::clone(source) })
    }

    pub(super) fn has_source(&self, scheme: &str) -> bool {
        self.sources.contains_key(scheme)
    }

    /// The same with one more source.
    #[cfg(feature = "remote-secrets")]
    pub(super) fn with(mut self, scheme: &str, source: impl Source) -> Self {
        let mut sources = (*self.sources).clone();
        sources.insert(Box::from(scheme), Arc::new(source));
        self.sources = Arc::new(sources);
        self
    }

    fn keep(&self, name: &str, fetched: (First, Secret)) -> SecretHandle {
        let (First { address, source, .. }, secret) = fetched;
        let keeper = Arc::clone(&self.keeper);
        let handle = SecretHandle::kept(name, Origin { address, source, keeper }, secret);
        let (held, wake) = (Arc::downgrade(handle.held()), Arc::clone(&handle.held().wake));
        let (refresh, time_out) = (self.keeper.refresh, self.keeper.time_out);
        drop(self.keeper.runtime.spawn(async move {
            keep(held, &wake, refresh, time_out).await;
        }));
        handle
    }
}

/// The available schemes, and those whose feature is off.
fn no_source(sources: &BTreeMap<Box<str>, Arc<dyn Source>>) -> String {
    let known: Vec<_> = sources.keys().map(|scheme| format!("{scheme}:")).collect();
    let features = [
        ("vault", cfg!(feature = "vault")),
        ("aws-secrets", cfg!(feature = "aws-secrets")),
        ("google-secrets", cfg!(feature = "google-secrets")),
        ("azure-secrets", cfg!(feature = "azure-secrets")),
    ];
    let off: Vec<_> =
        features.into_iter().filter(|(_, is_on)| !is_on).map(|(name, _)| name).collect();
    let mut text = format!(
        "no source of secrets serves the scheme of this address: begin it with one of {}",
        known.join(", ")
    );
    if !off.is_empty() {
        text.push_str(&format!(
            "; the features {} of palisade bring more, and this service was built without them",
            off.join(", ")
        ));
    }
    text
}

fn ended() -> SecretsError {
    SecretsError::Thread(std::io::Error::other("it has ended"))
}

impl SecretsBuilder {
    /// Adds a source for addresses of this scheme; it replaces an existing one.
    ///
    /// # Errors
    ///
    /// The scheme is not a lower-case letter, followed by lower-case letters, digits and `-`.
    pub fn source(mut self, scheme: &str, source: impl Source) -> Result<Self, SecretsError> {
        let is_scheme = format!("{scheme}:x").parse::<SecretAddress>();
        if is_scheme.is_ok_and(|address| address.scheme() == scheme) {
            self.sources.insert(Box::from(scheme), Arc::new(source));
            return Ok(self);
        }
        Err(SecretsError::Setting(format!(
            "the scheme {scheme:?} of a source: lower-case letters, digits and `-`, a letter first"
        )))
    }

    /// The time between two refreshes of a secret: 5 minutes unless this is called; a second to a day.
    /// Instances that started together spread theirs over a tenth of it. A secret with a shorter lease
    /// is refreshed after two thirds of that.
    pub fn refresh_every(mut self, time: Duration) -> Self {
        self.refresh = time;
        self
    }

    /// How long one attempt may take: 5 seconds unless this is called; 100 ms to a minute.
    pub fn time_out(mut self, time: Duration) -> Self {
        self.time_out = time;
        self
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// A time is out of its bounds, or the thread cannot be started.
    pub fn build(self) -> Result<Secrets, SecretsError> {
        self.check()?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(SecretsError::Thread)?;
        let (life, end) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        // Linux shows 15 characters of a thread's name.
        let thread = thread::Builder::new().name("palisade-secret".to_owned());
        let thread = thread.spawn(move || {
            runtime.block_on(async {
                let _closed = end.await;
            });
        });
        thread.map_err(SecretsError::Thread)?;
        let Self { sources, refresh, time_out } = self;
        let keeper = Keeper { runtime: handle, refresh, time_out, _life: life };
        Ok(Secrets { sources: Arc::new(sources), keeper: Arc::new(keeper) })
    }
}

impl SecretsBuilder {
    pub(super) fn check(&self) -> Result<(), SecretsError> {
        for (what, time, (least, most)) in [
            ("refresh_every", self.refresh, REFRESH_BOUNDS),
            ("time_out", self.time_out, TIME_OUT_BOUNDS),
        ] {
            if !(least..=most).contains(&time) {
                return Err(SecretsError::Setting(format!(
                    "`{what}` of secrets is {time:?}: from {least:?} to {most:?}"
                )));
            }
        }
        Ok(())
    }
}

impl Keeper {
    /// Runs this after so long, unless the process ends before.
    pub(super) fn later(&self, delay: Duration, work: impl FnOnce() + Send + 'static) {
        drop(self.runtime.spawn(async move {
            sleep(delay).await;
            let _panicked = crate::app::caught(work);
        }));
    }

    pub(super) fn spread_of_change(&self) -> Duration {
        self.refresh.saturating_add(self.time_out).saturating_add(PAUSE)
    }

    /// The running attempt, the pause, and one more.
    pub(super) fn longest_refetch(&self) -> Duration {
        self.time_out.saturating_mul(2).saturating_add(PAUSE)
    }
}

/// A secret that is fetched for the first time.
struct First {
    name: Box<str>,
    address: SecretAddress,
    source: Arc<dyn Source>,
}

impl First {
    async fn fetch(self, time_out: Duration) -> Result<(Self, Secret), SecretsError> {
        let due = Instant::now() + time_out.saturating_mul(2);
        let mut is_told = false;
        loop {
            let began = Instant::now();
            let cause = match attempt(&*self.source, &self.address, time_out).await {
                Ok(secret) => return Ok((self, secret)),
                Err(cause) => cause,
            };
            // Times out only once: what does not answer at all does not get better by asking.
            if !cause.is_unavailable()
                || began.elapsed() >= time_out
                || Instant::now() + PAUSE >= due
            {
                let source = self.source.describe();
                return Err(SecretsError::Fetch {
                    name: self.name,
                    address: Box::new(self.address),
                    source,
                    cause,
                });
            }
            if !std::mem::replace(&mut is_told, true) {
                tracing::warn!(
                    secret = &*self.name,
                    source = self.source.describe(),
                    %cause,
                    "a secret cannot be fetched yet, trying again"
                );
            }
            sleep(PAUSE.min(time_out)).await;
        }
    }
}

/// One attempt. The source's answer is untrusted input: a parser that panics on it is a failure of
/// this attempt, and must not end all further ones (CWE-248).
async fn attempt(
    source: &dyn Source,
    address: &SecretAddress,
    time_out: Duration,
) -> Result<Secret, SourceError> {
    let secret = match timeout(time_out, catching(|| source.fetch(address))).await {
        Ok(Ok(outcome)) => outcome?,
        // Without its message, which may quote what was read.
        Ok(Err(_)) => return Err(SourceError::malformed("reading the answer panicked")),
        Err(_) => return Err(SourceError::unavailable(format!("no answer within {time_out:?}"))),
    };
    if secret.value().expose_secret().is_empty() {
        return Err(SourceError::malformed("the secret is empty"));
    }
    Ok(secret)
}

/// Refreshes a secret until nothing uses it any more.
async fn keep(held: Weak<Held>, wake: &tokio::sync::Notify, refresh: Duration, time_out: Duration) {
    let mut outage = Outage::default();
    let Some(first) = held.upgrade() else { return };
    let mut wait = next(&first.current(), refresh);
    drop(first);
    let mut began = Instant::now();
    loop {
        // Cut short by a question or by the end; either way it is time to look.
        let _woken = timeout_at(began + spread(wait), wake.notified()).await;
        if held.strong_count() == 0 {
            return;
        }
        sleep_until(began + PAUSE).await;
        let Some(held) = held.upgrade() else { return };
        let Some(origin) = held.origin() else { return };
        began = Instant::now();
        held.begins();
        let outcome = attempt(&*origin.source, &origin.address, time_out).await;
        let failure = match outcome {
            Ok(secret) => {
                wait = next(&secret, refresh);
                outage.end(&held, origin);
                held.renew(secret);
                None
            }
            Err(failure) => {
                wait = outage.back_off(&held, origin, &failure).min(refresh);
                Some(failure)
            }
        };
        held.ends(failure);
    }
}

/// When to fetch a secret again: two thirds of a lease leave time for attempts that fail.
fn next(secret: &Secret, refresh: Duration) -> Duration {
    let lease = secret.valid_for().map(|lease| lease / 3 * 2);
    lease.map_or(refresh, |lease| lease.min(refresh)).max(PAUSE)
}

/// Attempts that failed, one after the other.
#[derive(Debug, Default)]
struct Outage {
    failures: u32,
}

impl Outage {
    fn back_off(&mut self, held: &Held, origin: &Origin, cause: &SourceError) -> Duration {
        if self.failures == 0 {
            tracing::error!(
                target: "palisade::audit",
                event = "secret_source_lost",
                secret = held.name(),
                address = %origin.address,
                source = origin.source.describe(),
                %cause,
                "a secret cannot be refreshed: the last value is kept"
            );
            send_to_all(&Event {
                secret: Some(held.name()),
                cause: Some(&cause.to_string()),
                ..Event::new("secret-source-lost", Outcome::Failure)
            });
        }
        let wait = PAUSE.saturating_mul(1 << self.failures.min(10)).min(LONGEST_BACK_OFF);
        self.failures = self.failures.saturating_add(1);
        wait
    }

    fn end(&mut self, held: &Held, origin: &Origin) {
        if self.failures > 0 {
            tracing::info!(
                target: "palisade::audit",
                event = "secret_source_found",
                secret = held.name(),
                source = origin.source.describe(),
                failures = self.failures,
                "a secret can be refreshed again"
            );
            send_to_all(&Event {
                secret: Some(held.name()),
                ..Event::new("secret-source-found", Outcome::Success)
            });
        }
        self.failures = 0;
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources: Vec<_> = self.sources.values().map(|source| source.describe()).collect();
        f.debug_struct("Secrets")
            .field("sources", &sources)
            .field("refresh", &self.keeper.refresh)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
