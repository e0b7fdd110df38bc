//! The time `cargo check` takes for 200 queries: unchecked ones, those of `sqlx::query!` with its
//! cache of answers of a database, and those of `sql!` with migrations and no cache, for one
//! database and for several at once.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]

use std::{fmt::Write as _, fs, io, path::PathBuf};

use palisade_benches::{
    crates::{Crates, root},
    median,
};
use sqlx::{
    Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

const QUERIES: u32 = 200;
const ROUNDS: usize = 7;

const TABLES: &str = "\
CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, joined BIGINT NOT NULL);
CREATE TABLE items (
    id BIGINT NOT NULL PRIMARY KEY,
    owner BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    qty BIGINT NOT NULL
);
";

/// How a function asks; `{i}` is a number of its own, so that no two queries are the same text.
struct Variant {
    name: &'static str,
    dependency: &'static str,
    start: &'static str,
    function: &'static str,
}

const SQLX: &str = "sqlx = { version = \"0.9\", default-features = false, features = \
                    [\"runtime-tokio\", \"sqlite-bundled\", \"macros\", \"derive\"] }\n";

const VARIANTS: [Variant; 5] = [
    Variant {
        name: "sqlx::query_as, unchecked",
        dependency: SQLX,
        start: "use sqlx::SqlitePool;
#[derive(sqlx::FromRow)] pub struct Item { pub id: i64, pub name: String, pub qty: i64 }\n",
        function:
            "pub async fn q{i}(db: &SqlitePool, owner: i64, least: i64) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as(\"SELECT i.id, i.name, i.qty FROM items i JOIN users u ON u.id = i.owner
        WHERE u.id = ?1 AND i.qty > ?2 ORDER BY i.name LIMIT {i}\")
        .bind(owner).bind(least).fetch_all(db).await
}\n",
    },
    Variant {
        name: "sqlx::query_as!, from its cache",
        dependency: SQLX,
        start: "use sqlx::SqlitePool;
pub struct Item { pub id: i64, pub name: String, pub qty: i64 }\n",
        function:
            "pub async fn q{i}(db: &SqlitePool, owner: i64, least: i64) -> sqlx::Result<Vec<Item>> {
    sqlx::query_as!(Item, \"SELECT i.id, i.name, i.qty FROM items i JOIN users u ON u.id = i.owner
        WHERE u.id = ?1 AND i.qty > ?2 ORDER BY i.name LIMIT {i}\", owner, least)
        .fetch_all(db).await
}\n",
    },
    by_macro("sql!, SQLite", "palisade = { path = RUNTIME, features = [\"sqlite\"] }\n"),
    by_macro(
        "sql!, SQLite and Postgres",
        "palisade = { path = RUNTIME, features = [\"sqlite\", \"postgres\"] }\n",
    ),
    by_macro(
        "sql!, SQLite, Postgres and MySQL",
        "palisade = { path = RUNTIME, features = [\"sqlite\", \"postgres\", \"mysql\"] }\n",
    ),
];

/// The same queries for more and more databases: each is parsed in every dialect that is on.
const fn by_macro(name: &'static str, dependency: &'static str) -> Variant {
    Variant {
        name,
        dependency,
        start: "use palisade::{prelude::*, sql, sql::{Db, Row}};
#[derive(Row)] pub struct Item { pub id: i64, pub name: String, pub qty: i64 }\n",
        function: "pub async fn q{i}(db: &Db, owner: i64, least: i64) -> Result<Vec<Item>> {
    Ok(sql!(\"SELECT i.id, i.name, i.qty FROM items i JOIN users u ON u.id = i.owner
        WHERE u.id = {owner} AND i.qty > {least} ORDER BY i.name LIMIT {i}\" as Item)
        .fetch_all(db).await?)
}\n",
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let folder = Crates::new("queries");
    let mut crates = Vec::new();
    for (number, variant) in VARIANTS.iter().enumerate() {
        for queries in [1, QUERIES] {
            let path = generate(&folder, number, variant, queries)?;
            if number == 1 {
                fill_cache(&folder, &path).await?;
            }
            crates.push(path);
        }
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); crates.len()];
    for round in 0..=ROUNDS {
        for (path, times) in crates.iter().zip(&mut times) {
            let took = folder.check(path, &[("SQLX_OFFLINE", "true")])?;
            // The first round builds what the crates depend on.
            if round > 0 {
                times.push(took);
            }
        }
    }
    println!(
        "`cargo check` of {QUERIES} queries: processor time, median of {ROUNDS} interleaved rounds"
    );
    println!("| queries | whole check | each query | beyond an unchecked one | of query_as! |");
    println!("|---|---|---|---|---|");
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    let rows: Vec<(f64, f64)> = medians
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [one, all] => Some((*all, (all - one) * 1e6 / f64::from(QUERIES - 1))),
            _ => None,
        })
        .collect();
    let each = |index: usize| rows.get(index).map_or(f64::NAN, |(_, each)| *each);
    let (unchecked, sqlx) = (each(0), each(1));
    for (variant, (whole, each)) in VARIANTS.iter().zip(&rows) {
        let (beyond, of) = (each - unchecked, each / sqlx);
        println!("| {} | {whole:.2} s | {each:.0} us | {beyond:.0} us | {of:.2} |", variant.name);
    }
    Ok(())
}

fn generate(
    folder: &Crates,
    number: usize,
    variant: &Variant,
    queries: u32,
) -> io::Result<PathBuf> {
    let name = format!("queries-{number}-{queries}");
    let runtime = format!("{:?}", root().join("runtime"));
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{}",
        variant.dependency.replace("RUNTIME", &runtime)
    );
    let mut source = variant.start.to_owned();
    for number in 1..=queries {
        let _written = source.write_str(&variant.function.replace("{i}", &number.to_string()));
    }
    folder.write(
        &name,
        &[("Cargo.toml", &manifest), ("src/lib.rs", &source), ("migrations/1_items.sql", TABLES)],
    )
}

/// Lets the macro ask a database once, and write down what it said.
async fn fill_cache(folder: &Crates, path: &std::path::Path) -> io::Result<()> {
    let cache = path.join(".sqlx");
    fs::create_dir_all(&cache)?;
    let file = path.join("items.sqlite");
    let _absent = fs::remove_file(&file);
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.map_err(io::Error::other)?;
    sqlx::raw_sql(TABLES).execute(&mut database).await.map_err(io::Error::other)?;
    database.close().await.map_err(io::Error::other)?;
    let (url, cache) = (format!("sqlite:{}", file.display()), cache.display().to_string());
    folder.check(path, &[("DATABASE_URL", &url), ("SQLX_OFFLINE_DIR", &cache)])?;
    Ok(())
}
