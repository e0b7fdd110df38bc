//! A database that does not answer is a 503 within the limits, and nothing is lost by it.

use std::time::{Duration, Instant};

use actix_web::App;
use futures_util::{StreamExt as _, TryStreamExt as _};
use palisade::{
    prelude::*,
    sql::{Db, Dialect, ErrorKind},
};
use palisade_tests::server::Server;

use crate::lab::{Lab, query};

async fn impatient(url: &str) -> Db {
    Db::options()
        .connections(2)
        .acquire_timeout(Duration::from_secs(1))
        .statement_timeout(Duration::from_millis(500))
        .connect(url)
        .await
        .unwrap()
}

/// Long beside the limits, short beside the test's; SQLite would never be done.
macro_rules! slow {
    ($db:expr) => {
        match $db.dialect() {
            Dialect::Sqlite => query!(i64: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80000000000) SELECT max(i) FROM n").fetch_one($db).await,
            Dialect::Postgres => query!(i64: "SELECT 1::int8 FROM pg_sleep(8)").fetch_one($db).await,
            Dialect::MySql => query!(i64: "SELECT SLEEP(8)").fetch_one($db).await,
        }
    };
}

/// The time that the threads of SQLite's connections have spent, in hundredths of a second.
fn spent_by_sqlite() -> u64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0 };
    let ticks = threads.flatten().filter_map(|thread| {
        let name = std::fs::read_to_string(thread.path().join("comm")).ok()?;
        let stat = std::fs::read_to_string(thread.path().join("stat")).ok()?;
        let (_, after_name) = stat.rsplit_once(')')?;
        let user: u64 = after_name.split_whitespace().nth(11)?.parse().ok()?;
        name.starts_with("sqlx-sqlite").then_some(user)
    });
    ticks.sum()
}

/// No thread of SQLite works any more, half a second from now at the latest.
async fn sqlite_is_at_rest() {
    actix_web::rt::time::sleep(Duration::from_millis(500)).await;
    let before = spent_by_sqlite();
    actix_web::rt::time::sleep(Duration::from_millis(500)).await;
    let spent = spent_by_sqlite() - before;
    assert!(spent <= 5, "{spent} hundredths of a second of half a one");
}

pub(crate) async fn a_slow_statement_is_given_up(lab: &Lab) {
    if lab.url.contains(":memory:") {
        return;
    }
    let db = impatient(&lab.url).await;
    let began = Instant::now();
    let error = slow!(&db).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(query!(i64: "SELECT count(*) FROM items").fetch_one(&db).await.unwrap(), 0);
    sqlite_is_at_rest().await;
    // In a transaction nothing goes on after it, and nothing lasts.
    let mut transaction = db.begin().await.unwrap();
    query!((): "INSERT INTO items (id, name) VALUES (1, 'x')")
        .execute(&mut transaction)
        .await
        .unwrap();
    let error = slow!(&mut transaction).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert_eq!(transaction.commit().await.unwrap_err().kind(), ErrorKind::TimedOut);
    // Its lock is free.
    let began = Instant::now();
    lab.add(2, "after", None).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(lab.count().await, 1);
    sqlite_is_at_rest().await;
}

/// The client disconnects, or the handler's deadline is over: an abandoned statement does not go
/// on, and its transaction is rolled back.
pub(crate) async fn a_statement_that_is_left_ends(lab: &Lab) {
    let soon = Duration::from_millis(200);
    let left = actix_web::rt::time::timeout(soon, async { slow!(&lab.db) });
    assert!(left.await.is_err());
    if lab.dialect() == Dialect::Sqlite {
        sqlite_is_at_rest().await;
    }
    let mut transaction = lab.db.begin().await.unwrap();
    query!((): "INSERT INTO items (id, name) VALUES (1, 'x')")
        .execute(&mut transaction)
        .await
        .unwrap();
    let left = actix_web::rt::time::timeout(soon, async { slow!(&mut transaction) });
    assert!(left.await.is_err());
    let began = Instant::now();
    let later = query!((): "INSERT INTO items (id, name) VALUES (2, 'y')");
    assert_eq!(later.execute(&mut transaction).await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(transaction.commit().await.is_err());
    if lab.dialect() == Dialect::Sqlite {
        // It was stopped, and not waited for.
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    assert_eq!(lab.count().await, 0);
}

/// The connection outlives what was stopped on it: what belongs to it alone is still there.
pub(crate) async fn a_connection_goes_on_after_what_was_stopped(lab: &Lab) {
    if lab.dialect() != Dialect::Sqlite {
        return;
    }
    let db = Db::options()
        .connections(1)
        .acquire_timeout(Duration::from_secs(2))
        .statement_timeout(Duration::from_millis(300))
        .connect(&lab.url)
        .await
        .unwrap();
    query!((): "CREATE TEMP TABLE own (id INTEGER)").execute(&db).await.unwrap();
    for _ in 0..3 {
        let error = slow!(&db).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        assert_eq!(Problem::from(error).status().as_u16(), 503);
        query!((): "INSERT INTO own VALUES (1)").execute(&db).await.unwrap();
        let left = actix_web::rt::time::timeout(Duration::from_millis(50), async { slow!(&db) });
        assert!(left.await.is_err());
        let began = Instant::now();
        query!((): "INSERT INTO own VALUES (2)").execute(&db).await.unwrap();
        assert!(began.elapsed() < Duration::from_millis(250), "{:?}", began.elapsed());
    }
    assert_eq!(query!(i64: "SELECT count(*) FROM own").fetch_one(&db).await.unwrap(), 6);
    // All connections are in use: the next caller waits for as long as it may, and gets an error
    // that says so.
    let held = db.begin().await.unwrap();
    let error = query!(i64: "SELECT 1").fetch_one(&db).await.unwrap_err();
    let problem = Problem::from(error);
    assert_eq!(problem.status().as_u16(), 503);
    held.rollback().await.unwrap();
    assert_eq!(query!(i64: "SELECT 1").fetch_one(&db).await.unwrap(), 1);
    db.close().await;
    assert_eq!(
        query!(i64: "SELECT 1").fetch_one(&db).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

/// The limit is for each row, and what stalls at one is not used again.
pub(crate) async fn a_stream_that_stalls_is_given_up(lab: &Lab) {
    if lab.url.contains(":memory:") {
        return;
    }
    let db = impatient(&lab.url).await;
    let mut transaction = db.begin().await.unwrap();
    query!((): "INSERT INTO items (id, name) VALUES (1, 'x')")
        .execute(&mut transaction)
        .await
        .unwrap();
    let began = Instant::now();
    {
        let mut rows = match db.dialect() {
            Dialect::Sqlite => query!(i64: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80000000000) SELECT max(i) FROM n").stream(&mut transaction).boxed_local(),
            Dialect::Postgres => query!(i64: "SELECT 1::int8 FROM pg_sleep(8)").stream(&mut transaction).boxed_local(),
            Dialect::MySql => query!(i64: "SELECT SLEEP(8)").stream(&mut transaction).boxed_local(),
        };
        let error = rows.try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        assert!(rows.try_next().await.unwrap().is_none());
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(transaction.commit().await.is_err());
    lab.add(2, "after", None).await.unwrap();
    assert_eq!(lab.count().await, 1);
}

pub(crate) async fn a_lock_that_is_held_is_given_up(lab: &Lab) {
    lab.add(1, "locked", Some(1)).await.unwrap();
    let mut holder = lab.db.begin().await.unwrap();
    query!((): "UPDATE items SET qty = 2 WHERE id = 1").execute(&mut holder).await.unwrap();
    let db = impatient(&lab.url).await;
    let began = Instant::now();
    let error = query!((): "UPDATE items SET qty = 3 WHERE id = 1").execute(&db).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    holder.commit().await.unwrap();
    query!((): "UPDATE items SET qty = 3 WHERE id = 1").execute(&db).await.unwrap();
    // Every connection in use: the next one waits for as long as it may.
    let held = (db.begin().await, lab.dialect());
    if held.1 != Dialect::Sqlite {
        let second = db.begin().await;
        let began = Instant::now();
        let error = query!(i64: "SELECT 1").fetch_one(&db).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        drop(second);
    }
    drop(held);
}

#[get("/count")]
#[public]
async fn count(db: Data<Db>) -> Result<String> {
    let count = query!(i64: "SELECT count(*) FROM items").fetch_one(&db).await?;
    Ok(count.to_string())
}

/// A server whose processes are held still keeps its connections open and answers nothing.
pub(crate) fn server_that_hangs(url: &str, hang: impl Fn(), resume: impl Fn()) {
    let (send, receive) = std::sync::mpsc::channel();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let owned = url.to_owned();
    // The pool's runtime: the test's own thread blocks.
    let runtime = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let db = impatient(&owned).await;
            send.send(db.clone()).unwrap();
            let _until = actix_web::rt::task::spawn_blocking(move || stopped.recv()).await;
            drop(db);
        });
    });
    let db = receive.recv().unwrap();
    let palisade = Palisade::builder().endpoints(endpoints![count].with_data(db)).build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    assert_eq!(server.get("/count").send().status, 200);
    hang();
    for _ in 0..4 {
        let began = Instant::now();
        let answer = server.get("/count").send();
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    resume();
    let began = Instant::now();
    while server.get("/count").send().status != 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not recover");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(server);
    stop.send(()).unwrap();
    runtime.join().unwrap();
}
