//! Lists: no text depends on what is in them.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use palisade::{Text, sql::ErrorKind};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::lab::{Lab, query};

pub(crate) async fn lists_of_every_length(lab: &Lab) {
    for id in 1..=20 {
        lab.add(id, &format!("item {id}"), Some(1)).await.unwrap();
    }
    for length in [0_i64, 1, 2, 3, 5, 17, 1000, 10_000] {
        let ids: Vec<i64> = (1..=length).collect();
        let within = query!(i64: "SELECT count(*) FROM items WHERE id" [ids] " AND qty = " {1_i32});
        assert_eq!(within.fetch_one(&lab.db).await.unwrap(), length.min(20), "IN {length}");
        let without =
            query!(i64: "SELECT count(*) FROM items WHERE id" !(ids) " AND qty = " {1_i32});
        assert_eq!(
            without.fetch_one(&lab.db).await.unwrap(),
            20 - length.min(20),
            "NOT IN {length}"
        );
    }
    let (first, second) = ([1_i64, 2, 3], [2_i64, 3, 4, 5, 6]);
    let both = query!(i64: "SELECT count(*) FROM items WHERE id" [first] " AND id" [second]);
    assert_eq!(both.fetch_one(&lab.db).await.unwrap(), 2);
    let none: [i64; 0] = [];
    let either = query!(i64: "SELECT count(*) FROM items WHERE id" [none] " OR id" [first]);
    assert_eq!(either.fetch_one(&lab.db).await.unwrap(), 3);
}

pub(crate) async fn lists_of_every_type(lab: &Lab) {
    let time = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
    let day = Date::from_ordinal_date(2026, 60).unwrap();
    let id = Uuid::from_u128(77);
    let text = "it's [\"a\"], {\"x\": \"00\"}";
    query!((): "INSERT INTO kinds (small, medium, big, single, dbl, yes, txt, byt, uid, tim, day) VALUES ("
        {1_i16} ", " {2_i32} ", " {i64::MAX} ", " {1.5_f32} ", " {-0.25_f64} ", " {true} ", " {text} ", "
        {[0_u8, 255]} ", " {id} ", " {time} ", " {day} ")")
        .execute(&lab.db)
        .await
        .unwrap();
    macro_rules! finds {
        ($($column:literal: $value:expr, $other:expr;)*) => {$(
            let (value, other) = ($value, $other);
            let both = [value.clone(), other.clone()];
            let found = query!(i64: "SELECT count(*) FROM kinds WHERE " $column [both]);
            assert_eq!(found.fetch_one(&lab.db).await.unwrap(), 1, "IN {}", $column);
            let other = [other];
            let found = query!(i64: "SELECT count(*) FROM kinds WHERE " $column [other]);
            assert_eq!(found.fetch_one(&lab.db).await.unwrap(), 0, "IN {} without it", $column);
            let found = query!(i64: "SELECT count(*) FROM kinds WHERE " $column !(other));
            assert_eq!(found.fetch_one(&lab.db).await.unwrap(), 1, "NOT IN {}", $column);
        )*};
    }
    finds! {
        "small": 1_i16, 2_i16;
        "medium": 2_u16, 3_u16;
        "big": i64::MAX, i64::MAX - 1;
        "big": i64::MAX as u64, 1_u64;
        "single": 1.5_f32, 1.25_f32;
        "dbl": -0.25_f64, 0.25_f64;
        "yes": true, false;
        "txt": text.to_owned(), "it".to_owned();
        "txt": text, "";
        "txt": Text::<40>::new(text).unwrap(), Text::<40>::new("%").unwrap();
        "byt": vec![0_u8, 255], vec![0_u8];
        "uid": id, Uuid::from_u128(78);
        "tim": time, time + Duration::from_micros(1);
        "day": day, day.next_day().unwrap();
    }
    let set: BTreeSet<i32> = [1, 2].into();
    let found = query!(i64: "SELECT count(*) FROM kinds WHERE medium" [set]);
    assert_eq!(found.fetch_one(&lab.db).await.unwrap(), 1);
    let set: HashSet<&str> = [text].into();
    let slice: &[&str] = &[text];
    let found = query!(i64: "SELECT count(*) FROM kinds WHERE txt" [set] " AND txt" [slice]);
    assert_eq!(found.fetch_one(&lab.db).await.unwrap(), 1);
}

pub(crate) async fn lists_that_are_refused(lab: &Lab) {
    let long = vec![1_i64; 32_769];
    let refused =
        query!(i64: "SELECT count(*) FROM items WHERE id" [long]).fetch_one(&lab.db).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Rejected);
    let with_null = [Some(1_i64), None];
    let refused =
        query!(i64: "SELECT count(*) FROM items WHERE id" !(with_null)).fetch_one(&lab.db).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Defect);
    let above = [u64::MAX];
    let refused =
        query!(i64: "SELECT count(*) FROM items WHERE id" [above]).fetch_one(&lab.db).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Rejected);
}
