//! A database that does not answer is a 503 within the limits, and nothing is lost by it.

use std::time::{Duration, Instant};

use actix_web::App;
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

/// Long beside the limits, short beside the test's.
macro_rules! slow {
    ($db:expr) => {
        match $db.dialect() {
            Dialect::Sqlite => query!(i64: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000) SELECT max(i) FROM n").fetch_one($db).await,
            Dialect::Postgres => query!(i64: "SELECT 1::int8 FROM pg_sleep(8)").fetch_one($db).await,
            Dialect::MySql => query!(i64: "SELECT SLEEP(8)").fetch_one($db).await,
        }
    };
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
    // In a transaction nothing goes on after it, and nothing lasts.
    let mut transaction = db.begin().await.unwrap();
    query!((): "INSERT INTO items (id, name) VALUES (1, 'x')")
        .execute(&mut transaction)
        .await
        .unwrap();
    let error = slow!(&mut transaction).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    drop(transaction);
    // SQLite goes on counting until it is done, and holds its lock.
    let began = Instant::now();
    while let Err(error) = lab.add(2, "after", None).await {
        assert!(error.is_transient() && began.elapsed() < Duration::from_secs(60), "{error}");
    }
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
