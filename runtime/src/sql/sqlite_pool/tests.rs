//! What the pool promises, on databases in memory: one that several connections share, where the
//! last one to be closed takes it along.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use sqlx::{SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::{sleep, timeout};

use super::{Leased as _, OwnLease, OwnPool, SqliteLease};

/// Never done by itself.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

/// Threads with the test's name, so that those of other tests are not counted.
fn options(name: &'static str) -> SqliteConnectOptions {
    let options: SqliteConnectOptions = "sqlite::memory:".parse().unwrap();
    options.thread_name(move |_| name.to_owned())
}

fn threads(name: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|found| found.trim_end() == name).count()
}

/// A thread says that it has ended a moment before it has.
async fn has_threads(name: &str, count: usize) {
    let began = Instant::now();
    while threads(name) != count {
        assert!(began.elapsed() < Duration::from_secs(5), "{} threads", threads(name));
        sleep(Duration::from_millis(5)).await;
    }
}

/// The connection of a lease, as a statement takes it.
fn connection(lease: &mut SqliteLease) -> &mut SqliteConnection {
    lease.parts().unwrap().0
}

async fn lease(pool: &OwnPool) -> SqliteLease {
    SqliteLease::Own(pool.acquire().await.unwrap())
}

async fn one(lease: &mut SqliteLease) -> i64 {
    sqlx::query_scalar("SELECT 1").fetch_one(connection(lease)).await.unwrap()
}

fn is_at_rest(lease: &OwnLease) -> bool {
    lease.watched.as_ref().unwrap().stopwatch.is_at_rest()
}

#[tokio::test]
async fn there_are_never_more_connections_than_the_most() {
    let pool = OwnPool::connect(options("pool-most"), 3, Duration::from_secs(60)).await.unwrap();
    assert_eq!(threads("pool-most"), 1, "the others are opened as they are needed");
    let (now, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let users = (0..60_u64).map(|user| {
        let (pool, now, peak) = (&pool, &now, &peak);
        async move {
            let mut lease = lease(pool).await;
            peak.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            assert!(threads("pool-most") <= 3);
            assert_eq!(one(&mut lease).await, 1);
            sleep(Duration::from_millis(user % 3)).await;
            // Every fifth one goes away in the middle of something.
            if user % 5 == 0 {
                lease.parts().unwrap().1.unwrap().allow(Duration::from_secs(60));
                let endless = sqlx::query(ENDLESS).execute(connection(&mut lease));
                assert!(timeout(Duration::from_millis(5), endless).await.is_err());
                lease.parts().unwrap().1.unwrap().stop();
            }
            now.fetch_sub(1, Ordering::Relaxed);
        }
    });
    join_all(users).await;
    assert_eq!(peak.into_inner(), 3);
    assert_eq!(threads("pool-most"), 3);
    pool.close().await;
}

#[tokio::test]
async fn whoever_waits_too_long_goes_away_and_takes_nothing() {
    let pool = OwnPool::connect(options("pool-full"), 1, Duration::from_millis(100)).await.unwrap();
    let held = lease(&pool).await;
    for _ in 0..3 {
        let error = pool.acquire().await.map(|_| ()).unwrap_err();
        assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error}");
    }
    drop(held);
    assert_eq!(one(&mut lease(&pool).await).await, 1);
}

#[tokio::test]
async fn a_statement_that_was_left_keeps_its_own_end() {
    let pool = OwnPool::connect(options("pool-left"), 1, Duration::from_secs(30)).await.unwrap();
    let began = Instant::now();
    let mut left = lease(&pool).await;
    left.parts().unwrap().1.unwrap().allow(Duration::from_millis(400));
    let endless = sqlx::query(ENDLESS).execute(connection(&mut left));
    assert!(timeout(Duration::from_millis(50), endless).await.is_err());
    drop(left);
    // Not before it has ended: the next statement's time would be its time too.
    let next = pool.acquire().await.unwrap();
    assert!(is_at_rest(&next));
    assert!(began.elapsed() >= Duration::from_millis(390), "{:?}", began.elapsed());
    let mut next = SqliteLease::Own(next);
    assert_eq!(one(&mut next).await, 1);
    assert_eq!(threads("pool-left"), 1, "it is the same connection");
}

#[tokio::test]
async fn who_gives_up_waiting_for_a_busy_connection_leaves_it_to_the_next() {
    let pool = OwnPool::connect(options("pool-busy"), 1, Duration::from_millis(200)).await.unwrap();
    let mut left = lease(&pool).await;
    left.parts().unwrap().1.unwrap().allow(Duration::from_millis(500));
    let endless = sqlx::query(ENDLESS).execute(connection(&mut left));
    assert!(timeout(Duration::from_millis(50), endless).await.is_err());
    drop(left);
    let error = pool.acquire().await.map(|_| ()).unwrap_err();
    assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error}");
    sleep(Duration::from_millis(400)).await;
    assert_eq!(one(&mut lease(&pool).await).await, 1);
    assert_eq!(threads("pool-busy"), 1);
}

/// A single step of SQLite's machine, which nothing interrupts, as a hanging disk would be.
const LONG_STEP: &str = "SELECT instr(zeroblob(160000), zeroblob(80000) || x'01')";

#[tokio::test]
async fn one_that_is_thrown_away_counts_until_its_thread_has_ended() {
    let pool = OwnPool::connect(options("pool-gone"), 1, Duration::from_secs(30)).await.unwrap();
    let mut thrown = lease(&pool).await;
    let began = Instant::now();
    sqlx::query(LONG_STEP).execute(connection(&mut thrown)).await.unwrap();
    let step = began.elapsed();
    let began = Instant::now();
    let again = sqlx::query(LONG_STEP).execute(connection(&mut thrown));
    assert!(timeout(Duration::from_millis(5), again).await.is_err());
    thrown.end(true, None);
    let mut next = lease(&pool).await;
    assert!(began.elapsed() > step / 2, "{:?} of {step:?}", began.elapsed());
    assert_eq!(one(&mut next).await, 1);
    has_threads("pool-gone", 1).await;
}

#[tokio::test]
async fn a_pool_that_closes_waits_for_its_users_and_takes_no_more() {
    let pool = OwnPool::connect(options("pool-close"), 2, Duration::from_secs(30)).await.unwrap();
    let (mut first, second) = (lease(&pool).await, lease(&pool).await);
    let user = async {
        sleep(Duration::from_millis(100)).await;
        assert_eq!(one(&mut first).await, 1);
        let late = pool.acquire().await.map(|_| ()).unwrap_err();
        assert!(matches!(late, sqlx::Error::PoolClosed), "{late}");
        drop((first, second));
    };
    let waiting = async { pool.acquire().await.map(|_| ()).unwrap_err() };
    let began = Instant::now();
    let ((), waiting, ()) = futures_util::future::join3(user, waiting, pool.close()).await;
    assert!(matches!(waiting, sqlx::Error::PoolClosed), "{waiting}");
    assert!(began.elapsed() >= Duration::from_millis(100));
    has_threads("pool-close", 0).await;
    pool.close().await;
    assert!(pool.acquire().await.is_err());
}
