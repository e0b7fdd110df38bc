//! Connections to a SQLite database that was opened here.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection, pool::PoolConnection,
    sqlite::SqliteConnectOptions,
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    lease::{Leased, end_pooled},
    share::Share,
    stopwatch::Stopwatch,
};

/// A connection that was idle for this long is closed: it has a thread and a cache.
const IDLE: Duration = Duration::from_secs(600);

/// The source of connections to SQLite.
#[derive(Clone)]
pub(super) enum SqlitePool {
    /// Opened here.
    Own(OwnPool),
    /// A pool of the caller, who uses its connections too.
    Other(sqlx::SqlitePool),
}

/// Connections to one database, each with the stopwatch that ends its statements.
///
/// The driver's pool has no place for a stopwatch: each lease would have to set up its own, which
/// is a round trip to the connection's thread. It needs another one for each connection that is
/// returned, to learn its state; this pool knows it.
#[derive(Clone)]
pub(super) struct OwnPool(Arc<Connections>);

struct Connections {
    options: SqliteConnectOptions,
    most: u32,
    acquire_timeout: Duration,
    /// One for each connection that may be in use, or is being closed.
    permits: Arc<Semaphore>,
    /// The most recently used one is the next one; those that have to be waited for come last.
    idle: Mutex<VecDeque<Watched>>,
    closed: AtomicBool,
}

struct Watched {
    connection: SqliteConnection,
    stopwatch: Arc<Stopwatch>,
    since: Instant,
}

/// A connection in use.
pub(super) enum SqliteLease {
    Own(OwnLease),
    Other(PoolConnection<sqlx::Sqlite>),
}

pub(super) struct OwnLease {
    /// Until it is dropped, or found dead.
    watched: Option<Watched>,
    pool: Arc<Connections>,
    closes: bool,
    /// Declared after the connection, so that it is dropped after it: a caller that waits for the
    /// permit finds the connection.
    permit: Option<OwnedSemaphorePermit>,
    /// The caller's, from the end of its use on.
    share: Option<Share>,
}

impl SqlitePool {
    pub(super) async fn acquire(&self) -> Result<SqliteLease, sqlx::Error> {
        match self {
            Self::Own(pool) => pool.acquire().await.map(SqliteLease::Own),
            Self::Other(pool) => pool.acquire().await.map(SqliteLease::Other),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Own(pool) => pool.close().await,
            Self::Other(pool) => pool.close().await,
        }
    }
}

impl SqlitePool {
    /// The file of the database; `None` for one in memory.
    pub(super) fn file(&self) -> Option<std::path::PathBuf> {
        let options = match self {
            Self::Own(pool) => &pool.0.options,
            Self::Other(pool) => &*pool.connect_options(),
        };
        let file = options.get_filename();
        file.is_file().then(|| file.to_owned())
    }
}

impl OwnPool {
    /// Asks the thread of a free connection, which is opened if there is none.
    pub(super) async fn ping(&self) -> Result<(), sqlx::Error> {
        let pool = &self.0;
        let Ok(permit) = Arc::clone(&pool.permits).try_acquire_owned() else { return Ok(()) };
        let mut lease = pool.lease(permit)?;
        lease.make_ready().await?;
        match &mut lease.watched {
            Some(watched) => watched.connection.ping().await,
            None => Err(sqlx::Error::WorkerCrashed),
        }
    }

    /// Opens one connection, to check that it works; the others as they are needed.
    pub(super) async fn connect(
        options: SqliteConnectOptions,
        most: u32,
        acquire_timeout: Duration,
    ) -> Result<Self, sqlx::Error> {
        let permits = usize::try_from(most).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let pool = Self(Arc::new(Connections {
            options,
            most,
            acquire_timeout,
            permits: Arc::new(Semaphore::new(permits)),
            idle: Mutex::default(),
            closed: AtomicBool::new(false),
        }));
        drop(pool.acquire().await?);
        Ok(pool)
    }

    /// The most connections, and how long a statement waits for one.
    pub(super) fn bounds(&self) -> (u32, Duration) {
        (self.0.most, self.0.acquire_timeout)
    }

    /// Connections in use, or being opened, and requests that wait for one.
    pub(super) fn used_and_idle(&self) -> (u32, u32) {
        let free = u32::try_from(self.0.permits.available_permits()).unwrap_or(u32::MAX);
        let idle = u32::try_from(self.0.idle().len()).unwrap_or(u32::MAX);
        (self.0.most.saturating_sub(free), idle)
    }

    async fn acquire(&self) -> Result<OwnLease, sqlx::Error> {
        let pool = &self.0;
        if pool.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        let free = Arc::clone(&pool.permits).try_acquire_owned().ok();
        // The common case needs no timer.
        if let Some(permit) = free {
            let mut lease = pool.lease(permit)?;
            if lease.is_ready() {
                return Ok(lease);
            }
            return pool.in_time(lease.make_ready()).await.map(|()| lease);
        }
        pool.in_time(async {
            let permit = Arc::clone(&pool.permits).acquire_owned().await;
            let mut lease = pool.lease(permit.map_err(|_| sqlx::Error::PoolClosed)?)?;
            lease.make_ready().await.map(|()| lease)
        })
        .await
    }

    async fn close(&self) {
        let pool = &self.0;
        pool.closed.store(true, Ordering::Release);
        // Those who wait come before, and find it closed.
        let all = pool.permits.acquire_many(pool.most).await;
        let idle = mem::take(&mut *pool.idle());
        for watched in idle {
            // One that cannot say that it is closed has ended before.
            let _closed = watched.connection.close().await;
        }
        drop(all);
    }
}

impl Connections {
    fn lease(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Result<OwnLease, sqlx::Error> {
        if self.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        let watched = self.idle().pop_back();
        let (pool, permit) = (Arc::clone(self), Some(permit));
        Ok(OwnLease { watched, pool, closes: false, permit, share: None })
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn give_back(&self, mut watched: Watched) {
        watched.since = Instant::now();
        let mut idle = self.idle();
        // In memory the only connection is the database: it is never idle beside another.
        let old = idle.pop_front_if(|watched| watched.since.elapsed() > IDLE);
        if watched.stopwatch.is_at_rest() {
            idle.push_back(watched);
        } else {
            idle.push_front(watched);
        }
        drop(idle);
        drop(old);
    }

    async fn in_time<T>(
        &self,
        what: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        timeout(self.acquire_timeout, what).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<Watched>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    async fn open(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = options.connect().await?;
        let stopwatch = Stopwatch::watch(&mut connection).await?;
        Ok(Self { connection, stopwatch, since: Instant::now() })
    }
}

impl OwnLease {
    fn is_ready(&self) -> bool {
        self.watched.as_ref().is_some_and(|watched| watched.stopwatch.is_at_rest())
    }

    /// Waits until nothing runs on the connection, or opens one. An abandoned statement keeps its
    /// time limit until then: that of the next one would give it more time.
    async fn make_ready(&mut self) -> Result<(), sqlx::Error> {
        while let Some(watched) = &mut self.watched {
            if watched.stopwatch.is_at_rest() {
                return Ok(());
            }
            if watched.connection.ping().await.is_ok() {
                watched.stopwatch.rest();
                return Ok(());
            }
            // Its thread has ended.
            self.watched = self.pool.idle().pop_back();
        }
        self.watched = Some(Watched::open(&self.pool.options).await?);
        Ok(())
    }
}

impl Leased<sqlx::Sqlite> for SqliteLease {
    fn parts(&mut self) -> Option<(&mut SqliteConnection, Option<&Stopwatch>)> {
        match self {
            Self::Own(lease) => {
                let Watched { connection, stopwatch, .. } = lease.watched.as_mut()?;
                Some((connection, Some(stopwatch)))
            }
            Self::Other(connection) => Some((connection, None)),
        }
    }

    fn end(self, closes: bool, share: Option<Share>) {
        match self {
            // A statement that is under way when the lease is returned has been interrupted.
            Self::Own(mut lease) => {
                lease.closes = closes;
                lease.share = share;
            }
            Self::Other(connection) => end_pooled(connection, closes, share),
        }
    }
}

impl Drop for OwnLease {
    fn drop(&mut self) {
        let Some(watched) = self.watched.take() else { return };
        if !self.closes {
            self.pool.give_back(watched);
            return;
        }
        watched.stopwatch.stop();
        // It counts for as long as its thread is at something: a disk that hangs would have more
        // and more threads wait for it. Without a runtime it ends by itself, uncounted.
        if let Ok(runtime) = Handle::try_current() {
            let counted = (self.permit.take(), self.share.take());
            let _detached = runtime.spawn(async move {
                let _closed = watched.connection.close().await;
                drop(counted);
            });
        }
    }
}

#[cfg(test)]
mod tests;
