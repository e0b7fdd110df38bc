//! A connection for log-ins and sessions, which makes itself anew.

use std::{
    fmt, io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use redis::{
    Arg, Cmd, Pipeline, RedisError, RedisFuture, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    cluster_async::ClusterConnection,
};
use tokio::time::timeout;

use super::{
    Redis, Servers,
    permissions::{Feature, Refused, try_each},
};
use crate::app::catching;

/// Between the first two attempts to connect; each further pause is twice as long, and a random part more.
/// Requests wait for the connection meanwhile.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// With this many pauses, a server that refuses connections costs a request some 70 to 140 ms. A server
/// that does not answer costs each attempt the whole patience: a request waits for two of them at most.
const RETRIES: usize = 3;

/// Cheap to clone; all clones use one connection.
#[derive(Clone)]
pub(crate) struct LoginConnection {
    line: Line,
    patience: Duration,
}

#[derive(Clone)]
enum Line {
    Single(ConnectionManager),
    Cluster(ClusterConnection),
}

impl LoginConnection {
    /// Connects, and tries each command that the store needs: a service must not start and find out
    /// later that log-ins fail.
    pub(crate) async fn open(redis: &Redis, feature: Feature) -> Result<Self, Refused> {
        let patience = redis.login_patience();
        let connecting = async {
            let mut trial = redis.servers().connect().await.map_err(Refused::Failed)?;
            try_each(&mut trial, redis, feature).await?;
            let line = match &**redis.servers() {
                Servers::Single(client) => {
                    let config = ConnectionManagerConfig::new()
                        .set_connection_timeout(Some(patience))
                        .set_response_timeout(Some(patience))
                        .set_min_delay(FIRST_PAUSE)
                        .set_number_of_retries(RETRIES);
                    let manager = ConnectionManager::new_with_config((**client).clone(), config);
                    Line::Single(manager.await.map_err(Refused::Failed)?)
                }
                Servers::Cluster(client) => {
                    let connection = client.get_async_connection();
                    Line::Cluster(connection.await.map_err(Refused::Failed)?)
                }
            };
            Ok(Self { line, patience })
        };
        // Some thirty answers, each of which may take as long as one of a log-in.
        let all = patience.saturating_mul(10);
        timeout(all, connecting).await.unwrap_or_else(|_| Err(Refused::Failed(timed_out())))
    }

    async fn within<T>(
        patience: Option<Duration>,
        work: RedisFuture<'_, T>,
    ) -> Result<T, RedisError> {
        let work = guarded(|| work);
        match patience {
            Some(patience) => timeout(patience, work).await.map_err(|_| timed_out())?,
            None => work.await,
        }
    }
}

/// Commands that change nothing more when they arrive twice.
const REPEATABLE: [&[u8]; 5] = [b"HGET", b"HMGET", b"ZRANGE", b"DEL", b"ZREM"];

/// Whether a command that failed can be sent again, and could be answered then.
///
/// 1. No connection was to be had: nothing was sent. The library keeps a failure to connect until
///    somebody asks, who then has the failure of a server that may long be back, and begins the next
///    attempt.
/// 2. The connection was lost, be it while nobody asked. The command may have arrived all the same, so
///    only what can be repeated is: the change of a refresh token, sent twice, would look like a token
///    that is used twice.
fn may_ask_again<T>(command: Option<&Cmd>, answer: &Result<T, RedisError>) -> bool {
    let Err(error) = answer else { return false };
    let is_repeatable = || match command.and_then(|command| command.args_iter().next()) {
        Some(Arg::Simple(name)) => REPEATABLE.contains(&name),
        Some(_) | None => false,
    };
    error.is_connection_refusal() || (error.is_connection_dropped() && is_repeatable())
}

/// What the library panics about is an error of this request, and of no other.
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
        match &mut self.line {
            Line::Single(line) => {
                let asking = Box::pin(async move {
                    let answer = Self::within(None, line.req_packed_command(cmd)).await;
                    match may_ask_again(Some(cmd), &answer) {
                        true => Self::within(None, line.req_packed_command(cmd)).await,
                        false => answer,
                    }
                });
                Box::pin(Self::within(Some(self.patience.saturating_mul(2)), asking))
            }
            Line::Cluster(line) => {
                Box::pin(Self::within(Some(self.patience), line.req_packed_command(cmd)))
            }
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match &mut self.line {
            Line::Single(line) => {
                let asking = Box::pin(async move {
                    let commands = line.req_packed_commands(pipeline, offset, count);
                    let answer = Self::within(None, commands).await;
                    match may_ask_again(None, &answer) {
                        true => {
                            let commands = line.req_packed_commands(pipeline, offset, count);
                            Self::within(None, commands).await
                        }
                        false => answer,
                    }
                });
                Box::pin(Self::within(Some(self.patience.saturating_mul(2)), asking))
            }
            Line::Cluster(line) => Box::pin(Self::within(
                Some(self.patience),
                line.req_packed_commands(pipeline, offset, count),
            )),
        }
    }

    fn get_db(&self) -> i64 {
        match &self.line {
            Line::Single(line) => line.get_db(),
            Line::Cluster(line) => line.get_db(),
        }
    }
}

impl fmt::Debug for LoginConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginConnection").finish_non_exhaustive()
    }
}
