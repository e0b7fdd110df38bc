//! One text means the same on each database.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use palisade::{
    sql,
    sql::{
        Bind, BindError, Db, Dialect, Error, ErrorKind, Migration, Migrations, Transaction, Value,
        ValueType,
    },
};
use sqlx::{
    Executor as _,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
};

use crate::lab::{Lab, query};

async fn fill(lab: &Lab) {
    for (id, name) in [(1, "Ada"), (2, "Bob")] {
        lab.add(id, name, Some(7)).await.unwrap();
    }
}

/// A name in double quotes, in each clause.
pub(crate) async fn names_in_double_quotes_are_columns(lab: &Lab) {
    fill(lab).await;
    let db = &lab.db;
    let names = async |owner: i64| {
        sql!(
            "SELECT name FROM items WHERE \"id\" = {owner}" as String,
            migrations = "tests/databases/migrations"
        )
        .fetch_all(db)
        .await
        .unwrap()
    };
    assert_eq!(names(0).await, [""; 0]);
    assert_eq!(names(2).await, ["Bob"]);
    let sorted = sql!(
        "SELECT \"name\" FROM \"items\" ORDER BY \"name\" DESC" as String,
        migrations = "tests/databases/migrations"
    );
    assert_eq!(sorted.fetch_all(db).await.unwrap(), ["Bob", "Ada"]);
    let qualified = sql!(
        "SELECT \"items\".\"name\" FROM items WHERE \"items\".\"id\" = {1}" as String,
        migrations = "tests/databases/migrations"
    );
    assert_eq!(qualified.fetch_all(db).await.unwrap(), ["Ada"]);
    let grouped = sql!(
        "SELECT \"qty\", count(*) FROM items GROUP BY \"qty\"" as (Option<i64>, i64),
        migrations = "tests/databases/migrations"
    );
    assert_eq!(grouped.fetch_all(db).await.unwrap(), [(Some(7), 2)]);
    let inserted = sql!(
        "INSERT INTO items (\"id\", \"name\") VALUES ({3}, {\"Eve\"})",
        migrations = "tests/databases/migrations"
    );
    assert_eq!(inserted.execute(db).await.unwrap(), 1);
    let updated = sql!(
        "UPDATE items SET \"name\" = {\"Mallory\"} WHERE \"id\" = {3}",
        migrations = "tests/databases/migrations"
    );
    assert_eq!(updated.execute(db).await.unwrap(), 1);
    let kept = sql!(
        "DELETE FROM items WHERE \"id\" = {0} AND name <> {\"Ada\"}",
        migrations = "tests/databases/migrations"
    );
    assert_eq!(kept.execute(db).await.unwrap(), 0);
    assert_eq!(names(3).await, ["Mallory"]);
    let mut transaction = db.begin().await.unwrap();
    let gone = sql!(
        "DELETE FROM items WHERE \"id\" = {3} AND \"name\" <> {\"Ada\"}",
        migrations = "tests/databases/migrations"
    );
    assert_eq!(gone.execute(&mut transaction).await.unwrap(), 1);
    transaction.commit().await.unwrap();
    let joined = sql!(
        "SELECT name || ('-' || name) FROM items WHERE id = {1}" as String,
        migrations = "tests/databases/migrations"
    );
    assert_eq!(joined.fetch_one(db).await.unwrap(), "Ada-Ada");
}

/// A type that only the value itself identifies.
struct Token(i64);

impl Bind for Token {
    const KIND: ValueType = ValueType::I64;

    fn value(&self) -> Result<Value<'_>, BindError> {
        self.0.value()
    }
}

pub(crate) async fn a_number_is_no_text(lab: &Lab) {
    fill(lab).await;
    let refused = |outcome: Result<u64, Error>| {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Defect);
        assert!(error.to_string().contains("holds text"), "{error}");
    };
    let gone = sql!(
        "DELETE FROM items WHERE name = {Token(0)}",
        migrations = "tests/databases/migrations"
    );
    refused(gone.execute(&lab.db).await);
    let tokens = [Token(0)];
    let gone = sql!(
        "DELETE FROM items WHERE name IN ({tokens..})",
        migrations = "tests/databases/migrations"
    );
    refused(gone.execute(&lab.db).await);
    let kept = sql!(
        "DELETE FROM items WHERE name = {Token(0).0.to_string()} AND id = {Token(1)}",
        migrations = "tests/databases/migrations"
    );
    assert_eq!(kept.execute(&lab.db).await.unwrap(), 0);
    assert_eq!(lab.count().await, 2);
}

/// Asks for a name in double quotes.
async fn quoted(db: &Db) -> Result<Vec<String>, Error> {
    sql!(
        "SELECT name FROM items WHERE \"id\" = {0_i64}" as String,
        migrations = "tests/databases/migrations"
    )
    .fetch_all(db)
    .await
}

async fn joined(db: &Db) -> Result<String, Error> {
    sql!(
        "SELECT name || '!' FROM items WHERE id = {1_i64}" as String,
        migrations = "tests/databases/migrations"
    )
    .fetch_one(db)
    .await
}

/// A pool that was made elsewhere may read quotes and pipes in another way.
pub(crate) async fn a_pool_of_other_modes_is_refused(lab: &Lab) {
    if lab.dialect() != Dialect::MySql {
        return;
    }
    fill(lab).await;
    let connect: MySqlConnectOptions = lab.url.parse().unwrap();
    let pool = MySqlPoolOptions::new().max_connections(2).connect_with(connect.clone()).await;
    let db = Db::from(pool.unwrap());
    let error = quoted(&db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Defect);
    assert!(error.to_string().contains("ANSI_QUOTES"), "{error}");
    let mut transaction = db.begin().await.unwrap();
    let in_transaction = sql!(
        "UPDATE items SET qty = {9} WHERE \"id\" = {0}",
        migrations = "tests/databases/migrations"
    );
    assert!(in_transaction.execute(&mut transaction).await.is_err());
    drop(transaction);
    // What reads the same without the mode runs.
    assert_eq!(joined(&db).await.unwrap(), "Ada!");
    let raw =
        sql!("SELECT \"text\"" as String, dangerous_raw = "the owner of the pool knows its modes");
    assert_eq!(raw.fetch_one(&db).await.unwrap(), "text");

    let or = MySqlPoolOptions::new().connect_with(connect.clone().pipes_as_concat(false)).await;
    let error = joined(&Db::from(or.unwrap())).await.unwrap_err();
    assert!(error.to_string().contains("PIPES_AS_CONCAT"), "{error}");

    let set = MySqlPoolOptions::new().after_connect(|connection, _| {
        Box::pin(async move {
            let mode = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')";
            connection.execute(mode).await.map(drop)
        })
    });
    let db = Db::from(set.connect_with(connect).await.unwrap());
    assert_eq!(quoted(&db).await.unwrap(), [""; 0]);
    assert_eq!(joined(&db).await.unwrap(), "Ada!");
}

async fn quoted_within(transaction: &mut Transaction) -> Result<Vec<String>, Error> {
    sql!(
        "SELECT name FROM items WHERE \"id\" = {1_i64}" as String,
        migrations = "tests/databases/migrations"
    )
    .fetch_all(transaction)
    .await
}

/// The sessions of one pool may differ.
pub(crate) async fn each_connection_is_asked_for_its_modes(lab: &Lab) {
    if lab.dialect() != Dialect::MySql {
        return;
    }
    fill(lab).await;
    let connect: MySqlConnectOptions = lab.url.parse().unwrap();
    let made = Arc::new(AtomicUsize::new(0));
    let pool = MySqlPoolOptions::new().max_connections(2).after_connect(move |connection, _| {
        let first = made.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            let mode = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')";
            if first { connection.execute(mode).await.map(drop) } else { Ok(()) }
        })
    });
    let db = Db::from(pool.connect_with(connect.clone()).await.unwrap());
    let (mut first, mut second) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    for _ in 0..2 {
        assert_eq!(quoted_within(&mut first).await.unwrap(), ["Ada"]);
    }
    let error = quoted_within(&mut second).await.unwrap_err();
    assert!(error.to_string().contains("ANSI_QUOTES"), "{error}");
    first.commit().await.unwrap();
    drop(second);

    let cuts = MySqlPoolOptions::new().after_connect(|connection, _| {
        Box::pin(async move {
            let mode = "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'";
            connection.execute(mode).await.map(drop)
        })
    });
    let db = Db::from(cuts.connect_with(connect).await.unwrap());
    let update = sql!(
        "UPDATE items SET qty = {9} WHERE id = {1}",
        migrations = "tests/databases/migrations"
    );
    let error = update.execute(&db).await.unwrap_err();
    assert!(error.to_string().contains("STRICT_ALL_TABLES"), "{error}");
    assert_eq!(quoted(&db).await.unwrap(), [""; 0]);
}

/// They are read as the server reads them, and as sqlx's command line does.
pub(crate) async fn migrations_keep_the_quotes_of_the_server(lab: &Lab) {
    if lab.dialect() != Dialect::MySql {
        return;
    }
    static SET: &[Migration] = &[Migration {
        version: 1,
        description: "first",
        sql: "CREATE TABLE migrated (id BIGINT PRIMARY KEY, name VARCHAR(9) NOT NULL DEFAULT \"new\")",
        file: "0001_first.sql",
    }];
    static MIGRATIONS: Migrations = Migrations { hash: 1, folder: None, sets: [SET, SET, SET] };
    lab.db.migrate(&MIGRATIONS).await.unwrap();
    query!((): "INSERT INTO migrated (id) VALUES (1)").execute(&lab.db).await.unwrap();
    let name = query!(String: "SELECT \"name\" FROM migrated").fetch_one(&lab.db).await;
    assert_eq!(name.unwrap(), "new");
}
