//! What a request may choose in a statement: among static parts, and nothing else.

use palisade::{
    __private::sql::{Binds, Part, Statement, query},
    sql,
    sql::{Error, ErrorKind, SqlName, contains, ends_with, starts_with},
};

use crate::lab::{Lab, statement};

#[derive(Clone, Copy, SqlName)]
enum Sort {
    Name,
    Id,
}

#[derive(Clone, Copy, SqlName)]
enum Order {
    Asc,
    Desc,
}

async fn search(
    lab: &Lab,
    name: Option<&str>,
    between: Option<(i64, i64)>,
    (sort, order): (Sort, Order),
) -> Result<Vec<i64>, Error> {
    sql!(
        "SELECT id FROM items WHERE qty >= {1} {?let Some(name) = name: AND name <> {name}} \
         {?let Some((below, above)) = between: AND id < {below} AND id > {above}} \
         AND id <> {99_i64} ORDER BY {sort: Sort} {order: Order}" as i64,
        migrations = "tests/databases/migrations"
    )
    .fetch_all(&lab.db)
    .await
}

async fn fill(lab: &Lab) {
    for (id, name) in [(1, "cherry"), (2, "apple"), (3, "banana")] {
        lab.add(id, name, Some(1)).await.unwrap();
    }
}

pub(crate) async fn fragments_and_sorts(lab: &Lab) {
    fill(lab).await;
    let (asc, desc) = ((Sort::Name, Order::Asc), (Sort::Name, Order::Desc));
    assert_eq!(search(lab, None, None, asc).await.unwrap(), [2, 3, 1]);
    assert_eq!(search(lab, Some("apple"), None, desc).await.unwrap(), [1, 3]);
    let by_id = (Sort::Id, Order::Asc);
    assert_eq!(search(lab, None, Some((3, 0)), by_id).await.unwrap(), [1, 2]);
    assert_eq!(search(lab, Some("cherry"), Some((3, 0)), by_id).await.unwrap(), [2]);
}

/// What the macro cannot see: a `SqlName` that was written by hand.
pub(crate) async fn names_are_never_spliced(lab: &Lab) {
    const BY: &[Part] = &[Part::Text("SELECT id FROM items ORDER BY "), Part::Sort(0)];
    static STATEMENT: Statement = statement([BY, BY, BY]);
    fill(lab).await;
    for name in ["id; DROP TABLE items", "id--", "(SELECT 1)", "id, name", "", "1", "id DESC NULLS"]
    {
        let sorted = query::<i64, _>(&STATEMENT, |binds: &mut Binds| {
            binds.sort(name);
            Ok(())
        });
        let refused = sorted.fetch_all(&lab.db).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Defect, "{name}");
    }
    let other = query::<i64, _>(&STATEMENT, |binds: &mut Binds| {
        binds.sort_among(&["id"], "name");
        Ok(())
    });
    assert_eq!(other.fetch_all(&lab.db).await.unwrap_err().kind(), ErrorKind::Defect);
    assert_eq!(lab.count().await, 3);
}

pub(crate) async fn patterns_match_what_was_typed(lab: &Lab) {
    let names =
        ["100%", "100", "a_b", "axb", "wow!", "wow", "back\\slash", "it's", "%", "ends 100%"];
    for (id, name) in (1..).zip(names) {
        lab.add(id, name, Some(1)).await.unwrap();
    }
    let matches = async |pattern| {
        sql!(
            "SELECT count(*) FROM items WHERE name LIKE {pattern}" as i64,
            migrations = "tests/databases/migrations"
        )
        .fetch_one(&lab.db)
        .await
        .unwrap()
    };
    for (pattern, count) in [
        (contains("%"), 3),
        (contains("100"), 3),
        (contains("_"), 1),
        (contains("!"), 1),
        (contains("\\"), 1),
        (contains("'"), 1),
        (contains(""), 10),
        (starts_with("100"), 2),
        (starts_with("%"), 1),
        (ends_with("%"), 3),
        (ends_with("wow"), 1),
        (contains("a_b"), 1),
        (contains("%".repeat(5_000)), 0),
    ] {
        assert_eq!(matches(pattern.clone()).await, count);
    }
}
