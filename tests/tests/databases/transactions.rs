//! Statements that hold together or not at all.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::TryStreamExt as _;
use palisade::sql::{Db, Dialect, Error, ErrorKind};

use crate::lab::{Lab, query};

async fn insert(db: &Db) -> Result<(), Error> {
    let mut transaction = db.begin().await?;
    query!((): "INSERT INTO items (id, name) VALUES (1, 'one')").execute(&mut transaction).await?;
    let seen = query!(i64: "SELECT count(*) FROM items").fetch_one(&mut transaction).await?;
    assert_eq!(seen, 1);
    // The second one is refused: `?` drops the transaction.
    query!((): "INSERT INTO items (id, name) VALUES (1, 'again')")
        .execute(&mut transaction)
        .await?;
    transaction.commit().await
}

pub(crate) async fn a_commit_lasts_and_a_drop_does_not(lab: &Lab) {
    assert!(insert(&lab.db).await.is_err());
    assert_eq!(lab.count().await, 0);
    let mut transaction = lab.db.begin().await.unwrap();
    query!((): "INSERT INTO items (id, name) VALUES (1, 'one')")
        .execute(&mut transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(lab.count().await, 0);
    let mut transaction = lab.db.begin().await.unwrap();
    query!((): "INSERT INTO items (id, name) VALUES (1, 'one')")
        .execute(&mut transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(lab.count().await, 1);
    // A future that is given up in the middle drops its transaction too; more often than there
    // are connections, so that one which is lost would be missed.
    for _ in 0..10 {
        let given_up = async {
            let mut transaction = lab.db.begin().await.unwrap();
            query!((): "DELETE FROM items").execute(&mut transaction).await.unwrap();
            futures_util::future::pending::<()>().await;
        };
        let limit = std::time::Duration::from_millis(100);
        assert!(actix_web::rt::time::timeout(limit, given_up).await.is_err());
    }
    assert_eq!(lab.count().await, 1);
}

pub(crate) async fn a_panic_rolls_back(lab: &Lab) {
    let panics = async {
        let mut transaction = lab.db.begin().await.unwrap();
        query!((): "INSERT INTO items (id, name) VALUES (1, 'one')")
            .execute(&mut transaction)
            .await
            .unwrap();
        std::panic::resume_unwind(Box::new("on purpose"));
    };
    assert!(AssertUnwindSafe(panics).catch_unwind().await.is_err());
    assert_eq!(lab.count().await, 0);
}

/// Postgres undoes everything at the first error, and says yes to the `COMMIT` that comes after.
pub(crate) async fn a_refused_statement_is_the_end(lab: &Lab) {
    for commits in [true, false] {
        let mut transaction = lab.db.begin().await.unwrap();
        query!((): "INSERT INTO items (id, name) VALUES (1, 'one')")
            .execute(&mut transaction)
            .await
            .unwrap();
        let missing = query!(String: "SELECT name FROM items WHERE id = 404");
        let error = missing.fetch_one(&mut transaction).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        // No failure: what was not found was looked for.
        let seen = query!(i64: "SELECT count(*) FROM items");
        assert_eq!(seen.fetch_one(&mut transaction).await.unwrap(), 1);
        let again = query!((): "INSERT INTO items (id, name) VALUES (1, 'again')");
        let error = again.execute(&mut transaction).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unique);
        let later = query!((): "INSERT INTO items (id, name) VALUES (2, 'two')");
        let error = later.execute(&mut transaction).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unique, "{error}");
        if commits {
            let error = transaction.commit().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unique, "{error}");
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(lab.count().await, 0);
    }
}

/// An error that was not read, because the stream was left before it.
pub(crate) async fn an_error_behind_the_rows_that_were_read(lab: &Lab) {
    if lab.dialect() != Dialect::Postgres {
        return;
    }
    let mut transaction = lab.db.begin().await.unwrap();
    query!((): "INSERT INTO items (id, name) VALUES (1, 'one')")
        .execute(&mut transaction)
        .await
        .unwrap();
    {
        let mut rows = query!(i32: "SELECT 10 / (3 - i) FROM generate_series(1, 5) AS s (i)")
            .stream(&mut transaction);
        assert_eq!(rows.try_next().await.unwrap(), Some(5));
    }
    assert!(transaction.commit().await.is_err());
    assert_eq!(lab.count().await, 0);
}

/// Rows that are not wanted any more are not a failure.
pub(crate) async fn a_stream_may_be_left(lab: &Lab) {
    for id in 0..200 {
        lab.add(id, &format!("item {id}"), Some(1)).await.unwrap();
    }
    let mut transaction = lab.db.begin().await.unwrap();
    {
        let mut rows = query!(i64: "SELECT id FROM items ORDER BY id").stream(&mut transaction);
        assert_eq!(rows.try_next().await.unwrap(), Some(0));
    }
    query!((): "DELETE FROM items WHERE id > 0").execute(&mut transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(lab.count().await, 1);
}

pub(crate) async fn transactions_count_up_together(lab: &Lab) {
    lab.add(1, "counter", Some(1)).await.unwrap();
    let add = async || -> Result<(), Error> {
        let mut transaction = lab.db.begin().await?;
        query!((): "UPDATE items SET qty = qty + 1 WHERE id = 1").execute(&mut transaction).await?;
        let qty =
            query!(i64: "SELECT qty FROM items WHERE id = 1").fetch_one(&mut transaction).await?;
        query!((): "UPDATE items SET qty = " {qty} " WHERE id = 1")
            .execute(&mut transaction)
            .await?;
        transaction.commit().await
    };
    let all = futures_util::future::join_all((0..20).map(|_| add())).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let qty = query!(i64: "SELECT qty FROM items").fetch_one(&lab.db).await.unwrap();
    assert_eq!(qty, 21);
}
