//! No caller keeps the others from the pool.

use std::{
    future::Future,
    io::Write as _,
    net::TcpStream,
    time::{Duration, Instant},
};

use actix_web::{App, web::Bytes};
use futures_util::StreamExt as _;
use palisade::{
    prelude::*,
    sql::{Db, Dialect},
};
use palisade_tests::{
    client::Connection,
    server::Server,
    token::{token, verifier},
};
use socket2::SockRef;

use crate::lab::{Lab, query};

/// How many requests of one caller wait for slow statements: many times the pool.
const CROWD: usize = 40;

/// What each of them takes, unless it is ended.
const SLOW: Duration = Duration::from_secs(8);

async fn wait(db: &Db) -> Result<i64, palisade::sql::Error> {
    match db.dialect() {
        // Ended by the time limit of statements.
        Dialect::Sqlite => query!(i64: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80000000000) SELECT max(i) FROM n").fetch_one(db).await,
        Dialect::Postgres => query!(i64: "SELECT 1::int8 FROM pg_sleep(8)").fetch_one(db).await,
        Dialect::MySql => query!(i64: "SELECT SLEEP(8)").fetch_one(db).await,
    }
}

#[get("/statement")]
#[authenticated]
async fn statement(db: Data<Db>) -> Result<NoContent> {
    wait(&db).await?;
    Ok(NoContent)
}

#[get("/transaction")]
#[authenticated]
async fn transaction(db: Data<Db>) -> Result<NoContent> {
    // A writer would block other writers of SQLite, whichever endpoint holds connections.
    if db.dialect() == Dialect::Sqlite {
        wait(&db).await?;
        return Ok(NoContent);
    }
    let transaction = db.begin().await?;
    actix_web::rt::time::sleep(SLOW).await;
    transaction.rollback().await?;
    Ok(NoContent)
}

/// Rows that are sent as they are read: the answer's body holds the connection.
#[get("/stream")]
#[authenticated]
async fn stream(db: Data<Db>) -> HttpResponse {
    let rows = futures_util::stream::once(async move {
        let mut rows = query!(i64: "SELECT count(*) FROM items").stream(&db);
        let first = rows.next().await;
        actix_web::rt::time::sleep(SLOW).await;
        drop(rows);
        first.map_or(Ok("none"), |row| row.map(|_| "row"))
    });
    let rows = rows.map(|row: Result<&str, palisade::sql::Error>| row.map(Bytes::from));
    HttpResponse::Ok().content_type("text/plain").streaming(rows)
}

#[get("/quick")]
#[authenticated]
async fn quick(db: Data<Db>) -> Result<NoContent> {
    query!(i64: "SELECT count(*) FROM items").fetch_one(&db).await?;
    Ok(NoContent)
}

fn request(target: &str, subject: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
        token(subject, "")
    )
}

/// How long another caller's statement takes while one caller's requests wait for `target`.
fn beside(server: &Server, target: &str) -> Duration {
    let crowd: Vec<Connection> = (0..CROWD)
        .map(|_| {
            let mut connection = Connection::open(server.address());
            connection.write(request(target, "crowd").as_bytes());
            connection
        })
        .collect();
    // Until the crowd has what it can get: a request that comes later finds it all taken.
    std::thread::sleep(Duration::from_millis(500));
    let took = quick_for(server, "other");
    drop(crowd);
    took
}

/// The same while that caller resets its connections and comes again, each time before what its
/// statements run on is free.
fn beside_one_that_hangs_up(server: &Server, target: &str) -> Duration {
    for _ in 0..8 {
        let crowd: Vec<TcpStream> = (0..5)
            .map(|_| {
                let mut socket = TcpStream::connect(server.address()).unwrap();
                socket.write_all(request(target, "crowd").as_bytes()).unwrap();
                socket
            })
            .collect();
        std::thread::sleep(Duration::from_millis(50));
        for socket in crowd {
            SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
        }
    }
    quick_for(server, "other")
}

fn quick_for(server: &Server, subject: &str) -> Duration {
    let began = Instant::now();
    let answer = server.get("/quick").bearer(&token(subject, "")).send();
    assert_eq!(answer.status, 204, "{}", answer.text());
    began.elapsed()
}

/// Serves with a pool of four.
fn serve(url: &str) -> impl Future<Output = Server> {
    let url = url.to_owned();
    async move {
        let db = Db::options()
            .connections(4)
            .acquire_timeout(Duration::from_secs(6))
            .statement_timeout(SLOW)
            .connect(&url)
            .await
            .unwrap();
        let palisade = Palisade::builder()
            .auth(verifier())
            .endpoints(endpoints![statement, transaction, stream, quick].with_data(db))
            .build()
            .unwrap();
        Server::start(move || {
            App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
        })
    }
}

pub(crate) async fn one_caller_leaves_connections_to_others(lab: &Lab) {
    for target in ["/statement", "/transaction", "/stream"] {
        let server = serve(&lab.url).await;
        let measured = actix_web::rt::task::spawn_blocking(move || {
            (quick_for(&server, "other"), beside(&server, target))
        });
        let (alone, beside) = measured.await.unwrap();
        // A pool without shares has nothing for the other before a statement of the crowd ends.
        assert!(beside < SLOW / 2 + alone, "{target}: {beside:?}, alone {alone:?}");
    }
    let server = serve(&lab.url).await;
    let measured = actix_web::rt::task::spawn_blocking(move || {
        (quick_for(&server, "other"), beside_one_that_hangs_up(&server, "/statement"))
    });
    let (alone, beside) = measured.await.unwrap();
    assert!(beside < SLOW / 2 + alone, "after hanging up: {beside:?}, alone {alone:?}");
}

pub(crate) async fn work_outside_of_requests_has_the_whole_pool(lab: &Lab) {
    let mut held = Vec::new();
    for _ in 0..if lab.dialect() == Dialect::Sqlite { 1 } else { 4 } {
        held.push(lab.db.begin().await.unwrap());
    }
    for open in held {
        open.rollback().await.unwrap();
    }
}
