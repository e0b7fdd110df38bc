//! `sql!` against hand-written `sqlx::query_as` with the same text, on the same pool, in
//! interleaved rounds: SQLite in memory, and Postgres where `PALISADE_BENCH_POSTGRES` has its URL.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]

use std::{
    env,
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

use actix_web::{
    App,
    test::{TestRequest, call_service, init_service, read_body},
};
use palisade::{
    Palisade,
    prelude::*,
    sql,
    sql::{Db, Row},
};
use palisade_benches::median;
use sqlx::{
    postgres::{PgPool, PgPoolOptions},
    sqlite::{SqlitePool, SqlitePoolOptions},
};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 41;

/// One row, read by either.
#[expect(dead_code, reason = "reading a row is what is measured")]
#[derive(Row, sqlx::FromRow)]
struct Item {
    id: i64,
    name: String,
    owner: String,
}

#[actix_web::main]
async fn main() -> Outcome {
    println!("medians of {ROUNDS} interleaved rounds; ratio is the median of the rounds' own");
    println!("| database | rows | query_as | sql! | ratio | lowest of each |");
    println!("|---|---|---|---|---|---|");
    databases().await?;
    println!("the same within a request, where a statement takes its caller's share of the pool");
    let palisade = Palisade::builder().build().map_err(|failure| failure.to_string())?;
    let service = init_service(App::new().wrap(palisade).service(within_a_request)).await;
    let request = TestRequest::get().uri("/").peer_addr(([127, 0, 0, 1], 40_000).into());
    let answer = call_service(&service, request.to_request()).await;
    match &*read_body(answer).await {
        b"" => Ok(()),
        other => Err(String::from_utf8_lossy(other).into()),
    }
}

async fn databases() -> Outcome {
    sqlite().await?;
    let Ok(url) = env::var("PALISADE_BENCH_POSTGRES") else {
        println!("PALISADE_BENCH_POSTGRES is not set: no Postgres");
        return Ok(());
    };
    postgres(&url).await
}

/// Empty, or what went wrong.
#[get("/")]
#[public]
#[timeout("30 min")]
async fn within_a_request() -> String {
    databases().await.err().map(|error| error.to_string()).unwrap_or_default()
}

const TABLE: &str =
    "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL)";
const ROWS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                    INSERT INTO items SELECT i, 'item ' || i, 'owner ' || (i % 10) FROM n";

async fn sqlite() -> Outcome {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    sqlx::raw_sql(ROWS).execute(&pool).await?;
    let db = Db::from(pool.clone());
    let by_hand = async |id: i64| -> Outcome<Item> {
        let text = "SELECT id, name, owner FROM items WHERE id = ?1 AND owner <> ?2";
        Ok(sqlx::query_as(text).bind(id).bind("nobody").fetch_one(&pool).await?)
    };
    measure("SQLite in memory", 1, 3_000, by_hand, async |id| one(&db, id).await).await?;
    let by_hand = async |id: i64| -> Outcome<Vec<Item>> { page_of_sqlite(&pool, id).await };
    measure("SQLite in memory", 50, 500, by_hand, async |id| page(&db, id).await).await?;
    sqlite_file().await
}

/// Pools that each of them opens by itself, on one file with the same settings: what a service has.
async fn sqlite_file() -> Outcome {
    let folder = env::temp_dir().join(format!("palisade-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("items.sqlite");
    let db = Db::open_file(&file).await?;
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&file)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Normal);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    sqlx::raw_sql(ROWS).execute(&pool).await?;
    let by_hand = async |id: i64| -> Outcome<Item> {
        let text = "SELECT id, name, owner FROM items WHERE id = ?1 AND owner <> ?2";
        Ok(sqlx::query_as(text).bind(id).bind("nobody").fetch_one(&pool).await?)
    };
    measure("SQLite file, own pools", 1, 3_000, by_hand, async |id| one(&db, id).await).await?;
    let by_hand = async |id: i64| -> Outcome<Vec<Item>> { page_of_sqlite(&pool, id).await };
    let measured =
        measure("SQLite file, own pools", 50, 500, by_hand, async |id| page(&db, id).await).await;
    db.close().await;
    pool.close().await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn page_of_sqlite(pool: &SqlitePool, id: i64) -> Outcome<Vec<Item>> {
    let text = "SELECT id, name, owner FROM items WHERE id > ?1 ORDER BY id LIMIT 50";
    Ok(sqlx::query_as(text).bind(id).fetch_all(pool).await?)
}

async fn postgres(url: &str) -> Outcome {
    let pool = PgPoolOptions::new().max_connections(1).connect(url).await?;
    sqlx::raw_sql("DROP TABLE IF EXISTS items").execute(&pool).await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    sqlx::raw_sql(ROWS).execute(&pool).await?;
    sqlx::raw_sql("ANALYZE items").execute(&pool).await?;
    let db = Db::from(pool.clone());
    let by_hand = async |id: i64| -> Outcome<Item> {
        let text = "SELECT id, name, owner FROM items WHERE id = $1 AND owner <> $2";
        Ok(sqlx::query_as(text).bind(id).bind("nobody").fetch_one(&pool).await?)
    };
    measure("Postgres", 1, 1_000, by_hand, async |id| one(&db, id).await).await?;
    let by_hand = async |id: i64| -> Outcome<Vec<Item>> { page_of_postgres(&pool, id).await };
    measure("Postgres", 50, 500, by_hand, async |id| page(&db, id).await).await
}

async fn page_of_postgres(pool: &PgPool, id: i64) -> Outcome<Vec<Item>> {
    let text = "SELECT id, name, owner FROM items WHERE id > $1 ORDER BY id LIMIT 50";
    Ok(sqlx::query_as(text).bind(id).fetch_all(pool).await?)
}

async fn one(db: &Db, id: i64) -> Outcome<Item> {
    let item =
        sql!("SELECT id, name, owner FROM items WHERE id = {id} AND owner <> {\"nobody\"}" as Item);
    Ok(item.fetch_one(db).await?)
}

async fn page(db: &Db, id: i64) -> Outcome<Vec<Item>> {
    let items =
        sql!("SELECT id, name, owner FROM items WHERE id > {id} ORDER BY id LIMIT 50" as Item);
    Ok(items.fetch_all(db).await?)
}

/// Both in turns; which goes first changes with each round.
async fn measure<T>(
    database: &str,
    rows: u32,
    queries: u32,
    by_hand: impl AsyncFn(i64) -> Outcome<T>,
    by_macro: impl AsyncFn(i64) -> Outcome<T>,
) -> Outcome {
    let (mut hand, mut ours) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (first, second);
        if round % 2 == 0 {
            first = run(queries, &by_hand).await?;
            second = run(queries, &by_macro).await?;
        } else {
            second = run(queries, &by_macro).await?;
            first = run(queries, &by_hand).await?;
        }
        // The first round warms both up.
        if round > 0 {
            hand.push(first.as_secs_f64() * 1e6 / f64::from(queries));
            ours.push(second.as_secs_f64() * 1e6 / f64::from(queries));
        }
    }
    let ratio = median(ours.iter().zip(&hand).map(|(ours, hand)| ours / hand).collect());
    let least = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "| {database} | {rows} | {:.2} us | {:.2} us | {ratio:.3} | {:.3} |",
        median(hand.clone()),
        median(ours.clone()),
        least(&ours) / least(&hand)
    );
    Ok(())
}

async fn run<T>(queries: u32, query: &impl AsyncFn(i64) -> Outcome<T>) -> Outcome<Duration> {
    let began = Instant::now();
    for number in 0..queries {
        black_box(query(i64::from(number % 900) + 1).await?);
    }
    Ok(began.elapsed())
}
