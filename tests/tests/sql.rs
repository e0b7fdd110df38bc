//! Queries as they are written, on SQLite.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use palisade::{
    migrations, sql,
    sql::{Db, Row, SqlName, contains},
};

#[derive(Debug, PartialEq, Row)]
struct Note {
    id: i64,
    title: String,
    body: Option<String>,
}

#[derive(Clone, Copy, SqlName)]
enum Sort {
    Title,
    #[sql(name = "n.created")]
    Created,
}

#[derive(Clone, Copy, SqlName)]
enum Order {
    Asc,
    Desc,
}

async fn db() -> Db {
    let db = Db::connect("sqlite::memory:").await.unwrap();
    db.migrate(migrations!()).await.unwrap();
    for (id, name) in [(1, "ann"), (2, "bob")] {
        sql!("INSERT INTO users (id, name) VALUES ({id}, {name})").execute(&db).await.unwrap();
    }
    for (id, title) in [(1, "alpha"), (2, "100%"), (3, "gamma_1"), (4, "delta")] {
        let body = (id > 2).then(|| format!("body of {title}"));
        let owner = id % 2 + 1;
        sql!(
            "INSERT INTO notes (id, owner, title, body, created)
             VALUES ({id}, {owner}, {title}, {body}, {10 - id})"
        )
        .execute(&db)
        .await
        .unwrap();
    }
    db
}

struct Search<'a> {
    term: Option<&'a str>,
    pinned: bool,
    ids: &'a [i64],
    sort: Sort,
    order: Order,
}

async fn search(db: &Db, search: &Search<'_>) -> Vec<i64> {
    sql!(
        "SELECT n.id, n.title, n.body FROM notes n
         WHERE n.id IN ({search.ids..})
           {?let Some(term) = search.term: AND n.title LIKE {contains(term)}}
           {?search.pinned: AND n.pinned}
         ORDER BY {search.sort: Sort} {search.order: Order}, n.id LIMIT {50}" as Note
    )
    .fetch_all(db)
    .await
    .unwrap()
    .into_iter()
    .map(|note| note.id)
    .collect()
}

#[tokio::test]
async fn values_lists_choices_and_fragments() {
    let db = db().await;
    let all = [1, 2, 3, 4];
    let by = |sort, order| Search { term: None, pinned: false, ids: &all, sort, order };
    assert_eq!(search(&db, &by(Sort::Title, Order::Asc)).await, [2, 1, 4, 3]);
    assert_eq!(search(&db, &by(Sort::Created, Order::Desc)).await, [1, 2, 3, 4]);
    let with = |term| Search { term: Some(term), ..by(Sort::Title, Order::Asc) };
    assert_eq!(search(&db, &with("%")).await, [2]);
    assert_eq!(search(&db, &with("_")).await, [3]);
    assert_eq!(search(&db, &with("' OR 1=1 --")).await, [0_i64; 0]);
    assert_eq!(search(&db, &Search { pinned: true, ..with("a") }).await, [0_i64; 0]);
    assert_eq!(search(&db, &Search { ids: &[], ..by(Sort::Title, Order::Asc) }).await, [0_i64; 0]);
    assert_eq!(search(&db, &Search { ids: &[4, 9], ..by(Sort::Title, Order::Asc) }).await, [4]);
    let none: Vec<i64> = Vec::new();
    let rows = sql!("SELECT id FROM notes WHERE id NOT IN ({none..}) ORDER BY id" as i64);
    assert_eq!(rows.fetch_all(&db).await.unwrap(), all);
}

#[tokio::test]
async fn rows_are_structs_tuples_and_scalars() {
    let db = db().await;
    let note = sql!("SELECT * FROM notes WHERE id = {1}" as Note).fetch_one(&db).await.unwrap();
    assert_eq!(note, Note { id: 1, title: "alpha".to_owned(), body: None });
    let pair = sql!("SELECT title, owner FROM owned WHERE id = {3_u8}" as (String, String));
    assert_eq!(pair.fetch_one(&db).await.unwrap(), ("gamma_1".to_owned(), "bob".to_owned()));
    let count = sql!("SELECT count(*) FROM notes" as u32).fetch_one(&db).await.unwrap();
    assert_eq!(count, 4);
    let gone = sql!("DELETE FROM notes WHERE id = {1} RETURNING title" as String);
    assert_eq!(gone.fetch_optional(&db).await.unwrap().as_deref(), Some("alpha"));
    let all = sql!("DELETE FROM notes", dangerous_no_where = "the test is over after this");
    assert_eq!(all.execute(&db).await.unwrap(), 3);
}
