//! A connection for logins and sessions, which reconnects on its own.

use std::{
    error::Error as _,
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use redis::{
    Arg, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    cluster_async::ClusterConnection,
};
use tokio::{
    sync::{Mutex, OnceCell},
    time::timeout,
};

use super::{
    Redis, Servers, Target, is_of_credentials,
    permissions::{Feature, Refused, try_each},
    traced::{traced, traced_pipeline},
};
use crate::panics::catching;

/// The pause between the first two attempts to connect; each further pause is twice as long, plus a
/// random part. Requests wait for the connection meanwhile.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The pause between two attempts to connect with a changed URL.
const PAUSE: Duration = Duration::from_secs(1);

/// With this many pauses, a server that refuses connections delays a request by 70 to 140 ms. If
/// the server does not respond, each attempt takes the whole timeout: a request waits for at most
/// two of them.
const RETRIES: usize = 3;

/// Cheap to clone; all clones use one connection.
#[derive(Clone)]
pub(crate) struct LoginConnection {
    shared: Arc<Shared>,
    patience: Duration,
}

struct Shared {
    servers: Arc<Servers>,
    held: ArcSwap<Held>,
    /// When the last attempt to replace the connection began. Locked while it is being replaced.
    renewed: Mutex<Option<Instant>>,
}

/// A connection, and the version of the URL that it was made with.
struct Held {
    line: Line,
    version: u64,
}

#[derive(Clone)]
enum Line {
    Single(ConnectionManager),
    Cluster(LaterCluster),
}

/// The connection to a cluster, made as soon as a node responds: at the start, or at the first
/// request after an outage that began before the start. From then on, it reconnects on its own.
#[derive(Clone)]
struct LaterCluster {
    target: Arc<Target>,
    made: Arc<OnceCell<ClusterConnection>>,
}

impl LaterCluster {
    async fn get(&self) -> Result<ClusterConnection, RedisError> {
        let Target::Cluster(client) = &*self.target else {
            return Err(RedisError::from(io::Error::from(io::ErrorKind::NotConnected)));
        };
        self.made.get_or_try_init(|| client.get_async_connection()).await.cloned()
    }
}

impl Line {
    /// Connects to a server that is available.
    async fn open(target: Arc<Target>, patience: Duration) -> Result<Self, RedisError> {
        let line = match &*target {
            Target::Single(client) => {
                let manager =
                    ConnectionManager::new_with_config((**client).clone(), config(patience));
                Self::Single(manager.await?)
            }
            Target::Cluster(_) => {
                let later = LaterCluster { target: Arc::clone(&target), made: Arc::default() };
                later.get().await?;
                Self::Cluster(later)
            }
        };
        Ok(line)
    }

    /// A connection to an unavailable server: the first request connects.
    fn later(target: &Arc<Target>, patience: Duration) -> Result<Self, RedisError> {
        Ok(match &**target {
            Target::Single(client) => Self::Single(ConnectionManager::new_lazy_with_config(
                (**client).clone(),
                config(patience),
            )?),
            Target::Cluster(_) => {
                Self::Cluster(LaterCluster { target: Arc::clone(target), made: Arc::default() })
            }
        })
    }
}

fn config(patience: Duration) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_connection_timeout(Some(patience))
        .set_response_timeout(Some(patience))
        .set_min_delay(FIRST_PAUSE)
        .set_number_of_retries(RETRIES)
}

impl Line {
    async fn command(&mut self, command: &Cmd) -> Result<Value, RedisError> {
        let asking = async {
            match self {
                Self::Single(line) => guarded(|| line.req_packed_command(command)).await,
                Self::Cluster(later) => {
                    guarded(|| async { later.get().await?.req_packed_command(command).await }).await
                }
            }
        };
        traced(command, asking).await
    }

    async fn commands(
        &mut self,
        pipeline: &Pipeline,
        offset: usize,
        count: usize,
    ) -> Result<Vec<Value>, RedisError> {
        let asking = async {
            match self {
                Self::Single(line) => {
                    guarded(|| line.req_packed_commands(pipeline, offset, count)).await
                }
                Self::Cluster(later) => {
                    let asking = || async {
                        later.get().await?.req_packed_commands(pipeline, offset, count).await
                    };
                    guarded(asking).await
                }
            }
        };
        traced_pipeline(pipeline, asking).await
    }
}

impl LoginConnection {
    /// Connects, and tries each command that the store needs: a service must not start if logins
    /// are going to fail.
    ///
    /// A server that is unavailable does not prevent the start: otherwise an outage of the store
    /// would become an outage of every instance that restarts. Logins get 503 until it is
    /// available.
    pub(crate) async fn open(redis: &Redis, feature: Feature) -> Result<Self, Refused> {
        let patience = redis.login_patience();
        let servers = redis.servers();
        let version = servers.version();
        let connecting = async {
            let (mut trial, target) = servers.connect_to_usable().await.map_err(Refused::Failed)?;
            try_each(&mut trial, redis, feature).await?;
            Line::open(target, patience).await.map_err(Refused::Failed)
        };
        // About thirty replies, each of which may take as long as one for a login.
        let all = patience.saturating_mul(10);
        let tried = timeout(all, connecting).await;
        let line = match tried.unwrap_or_else(|_| Err(Refused::Failed(timed_out()))) {
            Ok(line) => line,
            Err(Refused::Failed(error)) if is_away(&error) => {
                tracing::error!(
                    "{} (PALISADE_REDIS_URL): the service starts, and {feature} are answered 503 until \
                     it is back; what its user may do is not tried",
                    Refused::Failed(error)
                );
                Line::later(&servers.target(), patience).map_err(Refused::Failed)?
            }
            Err(refused) => return Err(refused),
        };
        let shared = Shared {
            servers: Arc::clone(servers),
            held: ArcSwap::from_pointee(Held { line, version }),
            renewed: Mutex::new(None),
        };
        Ok(Self { shared: Arc::new(shared), patience })
    }

    /// The connection for a request. After a change of the URL, one request makes a new connection,
    /// and the others use the previous one meanwhile: that stays open as long as the server
    /// permits.
    async fn line(&self) -> Line {
        let held = self.shared.held.load_full();
        if held.version == self.shared.servers.version() {
            return held.line.clone();
        }
        let Ok(mut renewed) = self.shared.renewed.try_lock() else { return held.line.clone() };
        if renewed.is_some_and(|at| at.elapsed() < PAUSE) {
            return held.line.clone();
        }
        self.renew(&mut renewed).await.unwrap_or_else(|| held.line.clone())
    }

    /// A replacement for a connection whose credentials the server rejects; `None` if there is
    /// none.
    async fn line_in_place_of(&self, refused: &Arc<Held>) -> Option<Line> {
        // Requests that were rejected at the same time wait for one new connection.
        let mut renewed = self.shared.renewed.lock().await;
        let held = self.shared.held.load_full();
        if !Arc::ptr_eq(&held, refused) {
            return Some(held.line.clone());
        }
        self.renew(&mut renewed).await
    }

    async fn renew(&self, renewed: &mut Option<Instant>) -> Option<Line> {
        *renewed = Some(Instant::now());
        let version = self.shared.servers.version();
        let (_trial, target) = self.shared.servers.connect_to_usable().await.ok()?;
        let line = Line::open(target, self.patience).await.ok()?;
        // The version from before: if it has changed since, the next request makes another
        // connection.
        self.shared.held.store(Arc::new(Held { line: line.clone(), version }));
        Some(line)
    }

    /// Two attempts of a single server; a cluster's client makes its own.
    fn longest(&self) -> Duration {
        match &self.shared.held.load().line {
            Line::Single(_) => self.patience.saturating_mul(2),
            Line::Cluster(_) => self.patience,
        }
    }

    /// The connection for a retry, if that is safe and may help.
    async fn other_line<T>(
        &self,
        line: Line,
        held: &Arc<Held>,
        command: Option<&Cmd>,
        answer: &Result<T, RedisError>,
    ) -> Option<Line> {
        // Nothing was sent.
        if answer.as_ref().is_err_and(is_of_credentials) {
            return self.line_in_place_of(held).await;
        }
        (matches!(line, Line::Single(_)) && may_ask_again(command, answer)).then_some(line)
    }

    async fn within<T>(patience: Duration, work: RedisFuture<'_, T>) -> Result<T, RedisError> {
        timeout(patience, guarded(|| work)).await.map_err(|_| timed_out())?
    }
}

/// Whether the server is unavailable at present. An error reply of the server, and a TLS failure,
/// are not that.
fn is_away(error: &RedisError) -> bool {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => false,
        Some(_) => true,
        None => error.is_io_error() || error.kind() == ErrorKind::ClusterConnectionNotFound,
    }
}

/// Commands whose second execution has no further effect.
const REPEATABLE: [&[u8]; 5] = [b"HGET", b"HMGET", b"ZRANGE", b"DEL", b"ZREM"];

/// Whether a failed command can be sent again, and could succeed then.
///
/// 1. No connection was available: no command was sent. The library keeps a failure to connect
///    until the next command, which then fails although the server may have become available, and
///    begins the next attempt.
/// 2. The connection was lost, perhaps while it was idle. The command may have arrived
///    nevertheless, so only a repeatable one is sent again: the exchange of a refresh token, sent
///    twice, would look like a token that is used twice.
fn may_ask_again<T>(command: Option<&Cmd>, answer: &Result<T, RedisError>) -> bool {
    let Err(error) = answer else { return false };
    let is_repeatable = || match command.and_then(|command| command.args_iter().next()) {
        Some(Arg::Simple(name)) => REPEATABLE.contains(&name),
        Some(_) | None => false,
    };
    error.is_connection_refusal() || (error.is_connection_dropped() && is_repeatable())
}

/// A panic in the library becomes an error of this request only.
pub(super) async fn guarded<T, F>(start: impl FnOnce() -> F) -> Result<T, RedisError>
where
    F: Future<Output = Result<T, RedisError>>,
{
    static REPORTED: AtomicBool = AtomicBool::new(false);
    catching(start).await.unwrap_or_else(|panic| {
        if !REPORTED.swap(true, Ordering::Relaxed) {
            tracing::error!(%panic, "the Redis library panicked: what asked it fails");
        }
        Err(RedisError::from(io::Error::from(io::ErrorKind::BrokenPipe)))
    })
}

fn timed_out() -> RedisError {
    RedisError::from(io::Error::from(io::ErrorKind::TimedOut))
}

impl ConnectionLike for LoginConnection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let own = &*self;
        let asking = Box::pin(async move {
            let line = own.line().await;
            let held = own.shared.held.load_full();
            let answer = line.clone().command(cmd).await;
            match own.other_line(line, &held, Some(cmd), &answer).await {
                Some(mut line) => line.command(cmd).await,
                None => answer,
            }
        });
        Box::pin(Self::within(own.longest(), asking))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let own = &*self;
        let asking = Box::pin(async move {
            let line = own.line().await;
            let held = own.shared.held.load_full();
            let answer = line.clone().commands(pipeline, offset, count).await;
            match own.other_line(line, &held, None, &answer).await {
                Some(mut line) => line.commands(pipeline, offset, count).await,
                None => answer,
            }
        });
        Box::pin(Self::within(own.longest(), asking))
    }

    fn get_db(&self) -> i64 {
        match &self.shared.held.load().line {
            Line::Single(line) => line.get_db(),
            // A cluster only has the database 0.
            Line::Cluster(_) => 0,
        }
    }
}

impl fmt::Debug for LoginConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginConnection").finish_non_exhaustive()
    }
}
