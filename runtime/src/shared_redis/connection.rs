//! A connection for log-ins and sessions, which makes itself anew.

use std::{
    fmt, io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use redis::{
    Cmd, Pipeline, RedisError, RedisFuture, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    cluster_async::ClusterConnection,
};
use tokio::time::timeout;

use super::{
    Redis, Servers,
    permissions::{Feature, Refused, try_each},
};
use crate::app::catching;

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
                        .set_number_of_retries(1);
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
            Line::Single(line) => Box::pin(Self::within(None, line.req_packed_command(cmd))),
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
                Box::pin(Self::within(None, line.req_packed_commands(pipeline, offset, count)))
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
