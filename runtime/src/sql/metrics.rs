//! The metrics of connection pools.

use std::{
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    task::Poll,
    time::Instant,
};

#[cfg(feature = "sqlite")]
use super::sqlite_pool::SqlitePool;
use super::{
    db::{Db, Pool},
    error::Error,
};
use crate::metrics::{Label, Seconds, Text, Type};

/// The counts of a pool.
#[derive(Debug, Default)]
pub(super) struct PoolCounts {
    acquired: AtomicU64,
    waited: AtomicU64,
    wait_nanos: AtomicU64,
    failed: AtomicU64,
    waiting: AtomicU64,
}

/// One wait for a connection, until this is dropped.
struct Waiting<'a> {
    counts: &'a PoolCounts,
    since: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let nanos = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.counts.wait_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PoolCounts {
    /// Counts the waits for a connection. A connection that is available at once is not a wait, and
    /// reads no clock.
    pub(super) async fn watch<T>(
        &self,
        lease: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut lease = pin!(lease);
        let mut waiting = None;
        let leased = std::future::poll_fn(|cx| match lease.as_mut().poll(cx) {
            Poll::Pending => {
                waiting.get_or_insert_with(|| {
                    self.waited.fetch_add(1, Ordering::Relaxed);
                    self.waiting.fetch_add(1, Ordering::Relaxed);
                    Waiting { counts: self, since: Instant::now() }
                });
                Poll::Pending
            }
            ready @ Poll::Ready(_) => ready,
        })
        .await;
        let count = if leased.is_ok() { &self.acquired } else { &self.failed };
        count.fetch_add(1, Ordering::Relaxed);
        leased
    }
}

/// The connections of a pool.
struct Size {
    most: u32,
    open: u32,
    idle: u32,
}

fn size(db: &Db) -> Size {
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
    fn of<DB: sqlx::Database>(pool: &sqlx::Pool<DB>) -> Size {
        Size {
            most: pool.options().get_max_connections(),
            open: pool.size(),
            idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
        }
    }
    match &db.pool {
        #[cfg(feature = "sqlite")]
        Pool::Sqlite(SqlitePool::Own(pool)) => {
            let (most, _) = pool.bounds();
            let (used, idle) = pool.used_and_idle();
            Size { most, open: used.saturating_add(idle), idle }
        }
        #[cfg(feature = "sqlite")]
        Pool::Sqlite(SqlitePool::Other(pool)) => of(pool),
        #[cfg(feature = "postgres")]
        Pool::Postgres(pool) => of(pool),
        #[cfg(feature = "mysql")]
        Pool::MySql(pool) => of(pool),
    }
}

/// Writes the families of pools.
pub(crate) fn write(databases: &[(String, Db)], text: &mut Text) {
    // A pool that was registered twice counts once.
    let mut pools = Vec::<(&str, &Db)>::new();
    for (name, db) in databases {
        let is_known = |(other, known): &(&str, &Db)| {
            *other == name.as_str() || std::sync::Arc::ptr_eq(&known.shared, &db.shared)
        };
        if !pools.iter().any(is_known) {
            pools.push((name, db));
        }
    }
    if pools.is_empty() {
        return;
    }
    text.family("palisade_db_connections", Type::Gauge, "Connections of a pool, by state.");
    for (name, db) in &pools {
        let Size { open, idle, .. } = size(db);
        for (state, count) in [("used", open.saturating_sub(idle)), ("idle", idle)] {
            text.sample(&[("database", name), ("state", state)], count);
        }
    }
    text.family("palisade_db_connections_max", Type::Gauge, "Connections that a pool may have.");
    for (name, db) in &pools {
        text.sample(&[("database", name)], size(db).most);
    }
    type Count = fn(&PoolCounts) -> &AtomicU64;
    let counts: [(&str, Type, &str, Count); 4] = [
        (
            "palisade_db_acquired_connections",
            Type::Counter,
            "Statements and transactions that got a connection.",
            |counts| &counts.acquired,
        ),
        ("palisade_db_waits", Type::Counter, "Those that had to wait for one.", |counts| {
            &counts.waited
        }),
        (
            "palisade_db_failed_waits",
            Type::Counter,
            "Those that got none: in time, or since the database is out of reach.",
            |counts| &counts.failed,
        ),
        ("palisade_db_waiting", Type::Gauge, "Those that wait now.", |counts| &counts.waiting),
    ];
    for (name, of, help, count) in counts {
        text.family(name, of, help);
        for (name, db) in &pools {
            let labels: [Label<'_>; 1] = [("database", name)];
            text.sample(&labels, count(&db.shared.counts).load(Ordering::Relaxed));
        }
    }
    text.family("palisade_db_wait_seconds", Type::Counter, "How long they waited, together.");
    for (name, db) in &pools {
        let nanos = db.shared.counts.wait_nanos.load(Ordering::Relaxed);
        text.sample(&[("database", name)], Seconds(nanos));
    }
}
