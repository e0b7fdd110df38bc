//! Servers that give no connection: the error says why.

use std::time::Duration;

use palisade::{
    Problem,
    sql::{Db, Error, ErrorKind, Options},
};

use crate::lab::query;

/// A server that runs, and what stops and starts it.
pub(crate) trait Server {
    fn url(&self) -> String;
    fn stop(&mut self);
    fn start(&mut self);
}

impl Server for palisade_tests::postgres::PostgresServer {
    fn url(&self) -> String {
        self.url()
    }
    fn stop(&mut self) {
        self.stop();
    }
    fn start(&mut self) {
        self.start();
    }
}

impl Server for palisade_tests::mariadb::MariaDbServer {
    fn url(&self) -> String {
        self.url()
    }
    fn stop(&mut self) {
        self.stop();
    }
    fn start(&mut self) {
        self.start();
    }
}

fn options() -> Options {
    Db::options().connections(2).acquire_timeout(Duration::from_secs(2))
}

/// The part of a URL behind its last `@`, up to the path.
fn address(url: &str) -> &str {
    let (_, behind) = url.rsplit_once('@').unwrap();
    behind.split_once('/').unwrap().0
}

fn password(url: &str) -> &str {
    let (before, _) = url.rsplit_once('@').unwrap();
    before.rsplit_once(':').unwrap().1
}

#[track_caller]
fn says(error: Error, kind: ErrorKind, parts: &[&str], url: &str) {
    let said = error.to_string();
    assert_eq!(error.kind(), kind, "{said}");
    for part in parts {
        assert!(said.contains(part), "{said}: no {part:?}");
    }
    assert!(!said.contains(password(url)), "{said}");
    assert_eq!(Problem::from(error).status().as_u16(), 503, "{said}");
}

/// Stops the server under a pool, starts it again, and connects where none listens.
pub(crate) fn a_server_that_is_gone_is_named(server: &mut dyn Server) {
    actix_web::rt::System::new().block_on(async {
        let url = server.url();
        let db = options().connect(&url).await.unwrap();
        assert_eq!(query!(i64: "SELECT 1").fetch_one(&db).await.unwrap(), 1);
        server.stop();
        let gone = [address(&url), "cannot connect to", "refused"];
        // The first statement meets the connection that broke.
        let _broken = query!(i64: "SELECT 1").fetch_one(&db).await.unwrap_err();
        let error = query!(i64: "SELECT 1").fetch_one(&db).await.unwrap_err();
        says(error, ErrorKind::TimedOut, &gone, &url);
        let error = options().connect(&url).await.unwrap_err();
        says(error, ErrorKind::Unavailable, &gone, &url);
        server.start();
        assert_eq!(query!(i64: "SELECT 1").fetch_one(&db).await.unwrap(), 1);
        // A pool whose connections are all in use does not mean that the server is gone.
        let (_one, _two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
        let busy = query!(i64: "SELECT 1").fetch_one(&db).await.unwrap_err();
        says(busy, ErrorKind::TimedOut, &["no connection became free in time"], &url);
    });
}

/// A start waits for a server that starts with it.
pub(crate) fn a_server_that_starts_late_is_waited_for(server: &mut (dyn Server + Send)) {
    server.stop();
    let url = server.url();
    std::thread::scope(|scope| {
        let connecting = scope.spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let patient = Db::options().acquire_timeout(Duration::from_secs(60));
                let db = patient.connect(&url).await.unwrap();
                query!(i64: "SELECT 1").fetch_one(&db).await.unwrap()
            })
        });
        server.start();
        assert_eq!(connecting.join().unwrap(), 1);
    });
}

/// What a Postgres server has against a connection is said in words.
pub(crate) fn refusals_of_postgres_are_told_apart(url: &str) {
    actix_web::rt::System::new().block_on(async {
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        for statement in ROLES {
            sqlx::raw_sql(*statement).execute(&pool).await.unwrap();
        }
        let (at, words) = (address(url), "does not take the connection");
        let other = |role: &str, password: &str, database: &str| {
            format!("postgres://{role}:{password}@{at}/{database}")
        };
        for (url, part) in [
            (other("one", "hunter22", "postgres"), "the password is wrong"),
            (other("nobody", "hunter22", "postgres"), "the password is wrong"),
            (other("one", "pass-one", "elsewhere"), "there is no such database"),
            (other("group", "pass-one", "postgres"), "may not log in"),
            (other("one", "pass-one", "closed"), "accepts no connections"),
        ] {
            let error = options().connect(&url).await.unwrap_err();
            says(error, ErrorKind::Unavailable, &[at, words, part], &url);
        }
        // The role may have one connection, and the pool wants two.
        let url = other("one", "pass-one", "postgres");
        let one = options().connect(&url).await.unwrap();
        let held = one.begin().await.unwrap();
        let error = query!(i64: "SELECT 1").fetch_one(&one).await.unwrap_err();
        says(error, ErrorKind::TimedOut, &[at, "of the role are in use (53300)"], &url);
        held.rollback().await.unwrap();
    });
}

const ROLES: &[&str] = &[
    "CREATE ROLE one LOGIN PASSWORD 'pass-one' CONNECTION LIMIT 1",
    "CREATE ROLE \"group\" NOLOGIN PASSWORD 'pass-one'",
    "CREATE DATABASE closed ALLOW_CONNECTIONS false",
];

/// A SQLite file that takes no writes is out of order for a time, and no defect of the program; one
/// without room is full.
#[test]
fn a_sqlite_database_that_takes_no_writes_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    actix_web::rt::System::new().block_on(async {
        let db = options().connect(&url).await.unwrap();
        query!((): "CREATE TABLE things (it BLOB)").execute(&db).await.unwrap();
        let reader = options().connect(format!("{url}?mode=ro")).await.unwrap();
        let error = query!((): "INSERT INTO things VALUES (x'00')").execute(&reader).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("readonly"), "{error}");
        assert_eq!(Problem::from(error).status().as_u16(), 503);
        let small = options().connections(1).connect(&url).await.unwrap();
        query!((): "PRAGMA max_page_count = 8").execute(&small).await.unwrap();
        let large = query!((): "INSERT INTO things VALUES (zeroblob(1000000))");
        let error = large.execute(&small).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Full, "{error}");
        assert_eq!(Problem::from(error).status().as_u16(), 507);
    });
}
