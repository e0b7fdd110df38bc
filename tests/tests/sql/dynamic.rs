//! What a request may choose in a statement: among static parts, and nothing else.

use palisade::{
    __private::sql::{Binds, Choice, Part, Statement, query},
    sql::{Error, ErrorKind, contains, ends_with, starts_with},
};

use crate::lab::{Lab, query, statement};

const SEARCH: &[Part] = &[
    Part::Text("SELECT id FROM items WHERE qty >= "),
    Part::Bind,
    Part::Fragment(0, &[Part::Text(" AND name <> "), Part::Bind]),
    Part::Fragment(
        1,
        &[Part::Text(" AND id < "), Part::Bind, Part::Text(" AND id > "), Part::Bind],
    ),
    Part::Text(" AND id <> "),
    Part::Bind,
    Part::Text(" ORDER BY "),
    Part::Sort(2),
];

async fn search(
    lab: &Lab,
    name: Option<&str>,
    between: Option<(i64, i64)>,
    sort: &'static str,
) -> Result<Vec<i64>, Error> {
    static STATEMENT: Statement = statement([SEARCH, SEARCH, SEARCH]);
    query::<i64, _>(
        &STATEMENT,
        |binds: &mut Binds| {
            binds.add(&1)?;
            if let Some(name) = name {
                binds.add(name)?;
            }
            if let Some((below, above)) = between {
                binds.add(&below)?;
                binds.add(&above)?;
            }
            binds.add(&99_i64)
        },
        [Choice::On(name.is_some()), Choice::On(between.is_some()), Choice::Sort(sort)],
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
    assert_eq!(search(lab, None, None, "name").await.unwrap(), [2, 3, 1]);
    assert_eq!(search(lab, Some("apple"), None, "name DESC").await.unwrap(), [1, 3]);
    assert_eq!(search(lab, None, Some((3, 0)), "items.id").await.unwrap(), [1, 2]);
    assert_eq!(search(lab, Some("cherry"), Some((3, 0)), "id").await.unwrap(), [2]);
}

pub(crate) async fn names_are_never_spliced(lab: &Lab) {
    fill(lab).await;
    for name in ["id; DROP TABLE items", "id--", "(SELECT 1)", "id, name", "", "1", "id DESC NULLS"]
    {
        let refused = search(lab, None, None, name).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Defect, "{name}");
    }
    assert_eq!(lab.count().await, 3);
}

pub(crate) async fn patterns_match_what_was_typed(lab: &Lab) {
    let names =
        ["100%", "100", "a_b", "axb", "wow!", "wow", "back\\slash", "it's", "%", "ends 100%"];
    for (id, name) in (1..).zip(names) {
        lab.add(id, name, Some(1)).await.unwrap();
    }
    let matches = async |pattern| {
        query!(i64: "SELECT count(*) FROM items WHERE name LIKE " {pattern} " ESCAPE '!'")
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
        (contains(&"%".repeat(5_000)), 0),
    ] {
        assert_eq!(matches(pattern.clone()).await, count);
    }
}
