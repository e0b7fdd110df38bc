//! What statements give, and how often they are prepared.

use futures_util::TryStreamExt as _;
use palisade::{
    __private::sql::{Binds, Part, Statement, query},
    sql::{Db, DecodeError, Dialect, ErrorKind, FromSqlx, Migration, Migrations, Row, RowRef},
};
use sqlx::Connection as _;

use crate::lab::{Lab, query, statement};

#[derive(Debug, PartialEq)]
struct Item {
    id: u64,
    name: String,
    qty: Option<u8>,
}

impl Row for Item {
    const COLUMNS: &'static [&'static str] = &["id", "name", "qty"];

    fn from_row(row: RowRef<'_>) -> Result<Self, DecodeError> {
        Ok(Self { id: row.column("id")?, name: row.column("name")?, qty: row.column("qty")? })
    }
}

#[derive(sqlx::FromRow)]
struct ByDriver {
    name: String,
    id: i64,
}

pub(crate) async fn rows_become_structs_tuples_and_scalars(lab: &Lab) {
    lab.add(1, "one", Some(3)).await.unwrap();
    lab.add(2, "two", None).await.unwrap();
    let items =
        query!(Item: "SELECT qty, name, id FROM items ORDER BY id").fetch_all(&lab.db).await;
    let one = Item { id: 1, name: "one".to_owned(), qty: Some(3) };
    assert_eq!(items.unwrap(), [one, Item { id: 2, name: "two".to_owned(), qty: None }]);
    let two: (i64, String, Option<i32>) =
        query!((i64, String, Option<i32>): "SELECT id, name, qty FROM items WHERE id = " {2_i64})
            .fetch_one(&lab.db)
            .await
            .unwrap();
    assert_eq!(two, (2, "two".to_owned(), None));
    let driver = query!(FromSqlx<ByDriver>: "SELECT id, name FROM items WHERE name = " {"two"});
    let driver = driver.fetch_one(&lab.db).await.unwrap();
    assert_eq!((driver.id, driver.name.as_str()), (2, "two"));
    let none = query!(String: "SELECT name FROM items WHERE id = " {9_i64});
    assert_eq!(none.fetch_optional(&lab.db).await.unwrap(), None);
    let none = query!(String: "SELECT name FROM items WHERE id = " {9_i64});
    assert_eq!(none.fetch_one(&lab.db).await.unwrap_err().kind(), ErrorKind::NotFound);
    let changed = query!((): "UPDATE items SET qty = " {5_u8} " WHERE id < " {3_i64});
    assert_eq!(changed.execute(&lab.db).await.unwrap(), 2);
    let missing = query!(Item: "SELECT id, name FROM items WHERE id = 1").fetch_one(&lab.db).await;
    let missing = missing.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Decode);
    assert!(missing.to_string().contains("qty"), "{missing}");
}

pub(crate) async fn a_stream_gives_rows_one_by_one(lab: &Lab) {
    for id in 0..50 {
        lab.add(id, &format!("item {id}"), Some(1)).await.unwrap();
    }
    let rows = query!(i64: "SELECT id FROM items ORDER BY id").stream(&lab.db);
    let rows: Vec<i64> = rows.try_collect().await.unwrap();
    assert_eq!(rows, (0..50).collect::<Vec<_>>());
    // One that is dropped in the middle leaves a connection that works.
    for _ in 0..8 {
        let mut rows = query!(i64: "SELECT id FROM items ORDER BY id").stream(&lab.db);
        assert_eq!(rows.try_next().await.unwrap(), Some(0));
    }
    assert_eq!(lab.count().await, 50);
    let mut transaction = lab.db.begin().await.unwrap();
    {
        let rows = query!(i64: "SELECT id FROM items ORDER BY id").stream(&mut transaction);
        assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 50);
    }
    transaction.commit().await.unwrap();
    let mut wrong = query!(i64: "SELECT nothing FROM items").stream(&lab.db);
    assert_eq!(wrong.try_next().await.unwrap_err().kind(), ErrorKind::Defect);
    assert!(wrong.try_next().await.unwrap().is_none());
}

/// Runs static statements, dynamic ones and lists on one connection; gives how many statements it
/// remembers then.
macro_rules! remembered {
    ($pool:expr) => {{
        let pool = $pool.await.unwrap();
        let db = Db::from(pool.clone());
        pool.acquire().await.unwrap().clear_cached_statements().await.unwrap();
        let size = async || pool.acquire().await.unwrap().cached_statements_size();
        for id in 0..20_i64 {
            let _row = query::<String, _>(
                &BY_ID,
                |binds: &mut Binds| {
                    binds.add(&id)?;
                    binds.add("x")
                },
            )
            .fetch_optional(&db)
            .await
            .unwrap();
        }
        let fixed = size().await;
        for id in 0..20_i64 {
            let _rows = query!(i64: "SELECT id FROM items WHERE name <> " {"y"} " AND id = " {id})
                .fetch_all(&db)
                .await
                .unwrap();
        }
        let dynamic = size().await - fixed;
        for length in 1..=16 {
            let ids: Vec<i64> = (0..length).collect();
            let _rows = query!(i64: "SELECT id FROM items WHERE id" [ids]).fetch_all(&db).await.unwrap();
        }
        let lists = size().await - fixed - dynamic;
        pool.close().await;
        (fixed, dynamic, lists)
    }};
}

static BY_ID: Statement = statement([
    &[Part::Text("SELECT name FROM items WHERE id = ?1 AND name <> ?2")],
    &[Part::Text("SELECT name FROM items WHERE id = $1 AND name <> $2")],
    &[Part::Text("SELECT name FROM items WHERE id = ? AND name <> ?")],
]);

pub(crate) async fn statements_are_prepared_once(lab: &Lab) {
    let url = &lab.url;
    let (counts, lists) = match lab.dialect() {
        Dialect::Sqlite => {
            (remembered!(sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect(url)), 1)
        }
        Dialect::Postgres => {
            (remembered!(sqlx::postgres::PgPoolOptions::new().max_connections(1).connect(url)), 1)
        }
        // 1, 2, 4, 8 and 16 placeholders.
        Dialect::MySql => {
            (remembered!(sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect(url)), 5)
        }
    };
    assert_eq!(counts, (1, 1, lists));
}

pub(crate) async fn a_statement_of_another_schema_is_refused(lab: &Lab) {
    static SET: &[Migration] = &[Migration {
        version: 1,
        description: "first",
        sql: "CREATE TABLE migrated (id BIGINT)",
        file: "0001_first.sql",
    }];
    static MIGRATIONS: Migrations = Migrations { hash: 7, folder: None, sets: [SET, SET, SET] };
    const fn of(schema: u64) -> Statement {
        let text: &[Part] = &[Part::Text("SELECT count(*) FROM migrated")];
        Statement { schema: Some(schema), ..statement([text, text, text]) }
    }
    static SAME: Statement = of(7);
    static OTHER: Statement = of(8);
    lab.db.migrate(&MIGRATIONS).await.unwrap();
    let count = query::<i64, _>(&SAME, |_: &mut Binds| Ok(())).fetch_one(&lab.db).await;
    assert_eq!(count.unwrap(), 0);
    let refused = query::<i64, _>(&OTHER, |_: &mut Binds| Ok(())).fetch_one(&lab.db).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Defect);
    assert!(refused.to_string().contains("palisade_sql::watch()"), "{refused}");
    let mut transaction = lab.db.begin().await.unwrap();
    let refused = query::<i64, _>(&OTHER, |_: &mut Binds| Ok(())).fetch_one(&mut transaction).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Defect);
}
