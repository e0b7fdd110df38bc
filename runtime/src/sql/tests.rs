//! Statements as the macro leaves them, on SQLite in memory.

#![cfg(feature = "sqlite")]

use std::{fs, path::Path};

use futures_util::TryStreamExt as _;

use super::{
    Db, Error, ErrorKind, FromSqlx,
    bind::Binds,
    query::query,
    row::{DecodeError, Row, RowRef},
    statement::{Part, Statement, StatementKind},
};
use crate::Problem;

const fn statement(parts: &'static [Part]) -> Statement {
    Statement {
        texts: [Some(parts), None, None],
        columns: &[],
        schema: None,
        file: file!(),
        line: 1,
        kind: StatementKind::Other,
        weakened: &[],
    }
}

macro_rules! text {
    ($text:literal) => {{
        static STATEMENT: Statement = statement(&[Part::Text($text)]);
        &STATEMENT
    }};
}

async fn db() -> Db {
    let db = Db::connect("sqlite::memory:").await.unwrap();
    let table = text!(
        "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, qty INTEGER CHECK (qty > 0), parent INTEGER REFERENCES items)"
    );
    query::<(), _>(table, |_: &mut Binds| Ok(())).execute(&db).await.unwrap();
    db
}

async fn insert(db: &Db, id: i64, name: &str, qty: Option<u32>) -> Result<u64, Error> {
    let text = text!("INSERT INTO items (id, name, qty) VALUES (?1, ?2, ?3)");
    query::<(), _>(text, |binds: &mut Binds| {
        binds.add(&id)?;
        binds.add(&name)?;
        binds.add(&qty)
    })
    .execute(db)
    .await
}

#[derive(Debug, PartialEq)]
struct Item {
    id: u64,
    name: String,
    qty: Option<u16>,
}

impl Row for Item {
    const COLUMNS: &'static [&'static str] = &["id", "name", "qty"];

    fn from_row(row: RowRef<'_>) -> Result<Self, DecodeError> {
        Ok(Self { id: row.column("id")?, name: row.column("name")?, qty: row.column("qty")? })
    }
}

struct ByDriver {
    name: String,
}

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for ByDriver
where
    for<'c> &'c str: sqlx::ColumnIndex<R>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        row.try_get("name").map(|name| Self { name })
    }
}

#[tokio::test]
async fn rows_are_read_into_structs_tuples_and_scalars() {
    let db = db().await;
    assert_eq!(insert(&db, 1, "a'); DROP TABLE items; --", Some(3)).await.unwrap(), 1);
    insert(&db, 2, "b", None).await.unwrap();
    let all = text!("SELECT id, name, qty FROM items ORDER BY id");
    let rows: Vec<Item> =
        query::<Item, _>(all, |_: &mut Binds| Ok(())).fetch_all(&db).await.unwrap();
    assert_eq!(rows[0].name, "a'); DROP TABLE items; --");
    assert_eq!(rows[1], Item { id: 2, name: "b".to_owned(), qty: None });

    let rows: Vec<(i64, String)> = query::<(i64, String), _>(all, |_: &mut Binds| Ok(()))
        .stream(&db)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);

    let count = text!("SELECT count(*) FROM items");
    let count = query::<i64, _>(count, |_: &mut Binds| Ok(())).fetch_one(&db).await.unwrap();
    assert_eq!(count, 2);

    let driver = query::<FromSqlx<ByDriver>, _>(all, |_: &mut Binds| Ok(()));
    assert_eq!(driver.fetch_one(&db).await.unwrap().name, "a'); DROP TABLE items; --");

    let wrong = query::<(String, i8), _>(all, |_: &mut Binds| Ok(())).fetch_one(&db).await;
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Decode);
    assert!(!wrong.to_string().contains("DROP"), "{wrong}");
}

#[tokio::test]
async fn sorts_fragments_and_lists_change_the_text_by_static_parts_only() {
    static SEARCH: Statement = statement(&[
        Part::Text("SELECT name FROM items WHERE qty > "),
        Part::Bind,
        Part::Fragment(0, &[Part::Text(" AND name <> "), Part::Bind]),
        Part::Text(
            " AND id IN (SELECT CASE type WHEN 'object' THEN unhex(value ->> 'x') ELSE value END FROM json_each(",
        ),
        Part::Bind,
        Part::Text(")) ORDER BY "),
        Part::Sort(1),
    ]);
    async fn search(
        db: &Db,
        other: Option<&str>,
        ids: &[i64],
        sort: &'static str,
    ) -> Result<Vec<String>, Error> {
        query::<String, _>(&SEARCH, |binds: &mut Binds| {
            binds.add(&0)?;
            if other.is_some() {
                binds.on();
                binds.add(&other)?;
            } else {
                binds.off();
            }
            binds.add_list(ids)?;
            binds.sort(sort);
            Ok(())
        })
        .fetch_all(db)
        .await
    }
    let db = db().await;
    for (id, name) in [(1, "a"), (2, "b"), (3, "c")] {
        insert(&db, id, name, Some(1)).await.unwrap();
    }
    assert_eq!(search(&db, None, &[1, 2, 9], "name DESC").await.unwrap(), ["b", "a"]);
    assert_eq!(search(&db, Some("b"), &[1, 2, 3], "items.id").await.unwrap(), ["a", "c"]);
    assert!(search(&db, None, &[], "id").await.unwrap().is_empty());
    for name in ["id; DROP TABLE items", "(SELECT 1)", ""] {
        assert_eq!(search(&db, None, &[1], name).await.unwrap_err().kind(), ErrorKind::Defect);
    }
}

#[tokio::test]
async fn a_fragment_that_is_off_joins_nothing() {
    static MINUS: Statement =
        statement(&[Part::Text("SELECT 1 -"), Part::Fragment(0, &[]), Part::Text("- 1")]);
    let db = db().await;
    let off = query::<i64, _>(&MINUS, |binds: &mut Binds| {
        binds.off();
        Ok(())
    });
    assert_eq!(off.fetch_one(&db).await.unwrap(), 2);
}

#[tokio::test]
async fn errors_become_problems_without_a_word_of_the_statement() {
    let db = db().await;
    insert(&db, 1, "taken", Some(1)).await.unwrap();
    let cases = [
        (insert(&db, 2, "taken", Some(1)).await, 409),
        (insert(&db, 2, "other", Some(0)).await, 422),
        (
            query::<(), _>(text!("UPDATE items SET parent = 77"), |_: &mut Binds| Ok(()))
                .execute(&db)
                .await,
            409,
        ),
        (
            query::<i64, _>(text!("SELECT 1 WHERE 1 = 2"), |_: &mut Binds| Ok(()))
                .fetch_one(&db)
                .await
                .map(|_| 0),
            404,
        ),
        (
            query::<i64, _>(text!("SELECT nothing"), |_: &mut Binds| Ok(()))
                .fetch_one(&db)
                .await
                .map(|_| 0),
            500,
        ),
        (
            query::<i64, _>(text!("SELECT ?1"), |binds: &mut Binds| binds.add(&u64::MAX))
                .fetch_one(&db)
                .await
                .map(|_| 0),
            422,
        ),
    ];
    for (outcome, status) in cases {
        let error = outcome.unwrap_err();
        let told = error.to_string();
        assert!(told.contains("(statement at "), "{told}");
        let problem = Problem::from(error);
        assert_eq!(problem.status().as_u16(), status, "{told}");
        assert_eq!(problem.detail(), None);
    }
    let unique = insert(&db, 2, "taken", Some(1)).await.unwrap_err();
    assert_eq!(unique.constraint(), Some("items.name"));
    let driver = Problem::from(sqlx::Error::RowNotFound);
    assert_eq!(driver.status().as_u16(), 404);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let db = db().await;
    let add = |binds: &mut Binds| binds.add("x");
    let text = text!("INSERT INTO items (name) VALUES (?1)");
    let count = || query::<i64, _>(text!("SELECT count(*) FROM items"), |_: &mut Binds| Ok(()));
    let mut transaction = db.begin().await.unwrap();
    query::<(), _>(text, add).execute(&mut transaction).await.unwrap();
    assert_eq!(count().fetch_one(&mut transaction).await.unwrap(), 1);
    drop(transaction);
    assert_eq!(count().fetch_one(&db).await.unwrap(), 0);
    let mut transaction = db.begin().await.unwrap();
    query::<(), _>(text, add).execute(&mut transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count().fetch_one(&db).await.unwrap(), 1);
    let mut transaction = db.begin().await.unwrap();
    query::<(), _>(text!("DELETE FROM items"), |_: &mut Binds| Ok(()))
        .execute(&mut transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(count().fetch_one(&db).await.unwrap(), 1);
}

#[tokio::test]
async fn a_url_is_refused_by_name_and_never_shown() {
    let scheme = Db::connect("oracle://user:hunter2@host/db").await.unwrap_err();
    assert!(scheme.to_string().contains("sqlite:, postgres:// and mysql://"), "{scheme}");
    assert!(!format!("{scheme:?}").contains("hunter2"));
    let db = Db::connect("sqlite::memory:").await.unwrap();
    assert_eq!(format!("{db:?}"), "Db { database: Sqlite, .. }");
}

/// Text becomes SQL only if its parts are known to be the program's own. An addition to this list
/// needs the reason why no part of a request can reach it.
#[test]
fn text_becomes_sql_in_these_places_only() {
    fn search(folder: &Path, found: &mut Vec<(String, usize)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                search(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let count = text.matches(concat!("AssertSql", "Safe(")).count();
            if count > 0 {
                found.push((path.file_name().unwrap().to_string_lossy().into_owned(), count));
            }
        }
    }
    let mut found = Vec::new();
    search(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    let places = ["options.rs", "parameter_types.rs", "query.rs", "statement.rs"];
    assert_eq!(found, places.map(|place| (place.to_owned(), 1)));
}
