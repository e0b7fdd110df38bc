//! Every type goes in and comes back the same.

use std::time::{Duration, SystemTime};

use palisade::{
    Slug, Text,
    sql::{
        AsJson, Bind, BindError, ColumnRef, DecodeError, ErrorKind, FromColumn, Value, ValueType,
    },
};
use time::{Date, Month, OffsetDateTime};
use uuid::Uuid;

use crate::lab::{Lab, query};

/// Writes a value into a column, reads it back, and clears it.
macro_rules! round {
    ($lab:ident, $column:literal, $type:ty, $value:expr) => {{
        let value: $type = $value;
        query!((): "DELETE FROM kinds").execute(&$lab.db).await.unwrap();
        let written = query!((): "INSERT INTO kinds (" $column ") VALUES (" {value} ")")
            .execute(&$lab.db)
            .await;
        assert_eq!(written.unwrap(), 1, "{} of {}", $column, stringify!($type));
        let back = query!($type: "SELECT " $column " FROM kinds").fetch_one(&$lab.db).await;
        let back = back.unwrap_or_else(|error| panic!("{} of {}: {error}", $column, stringify!($type)));
        assert_eq!(back, value, "{} of {}", $column, stringify!($type));
        back
    }};
}

pub(crate) async fn integers_come_back(lab: &Lab) {
    macro_rules! extremes {
        ($($column:literal: $($type:ty),+;)*) => {$($(
            round!(lab, $column, $type, <$type>::MIN);
            round!(lab, $column, $type, <$type>::MAX);
            round!(lab, $column, Option<$type>, None);
            round!(lab, $column, Option<$type>, Some(7));
        )+)*};
    }
    extremes! {
        "small": i8, u8, i16;
        "medium": u8, u16, i32;
        "big": i8, u16, u32, i64;
    }
    let _ = round!(lab, "big", u64, i64::MAX as u64);
    let _ = round!(lab, "big", usize, 12);
    let _ = round!(lab, "big", isize, isize::MIN);
}

pub(crate) async fn an_integer_that_does_not_fit_is_refused(lab: &Lab) {
    for above in [i64::MAX as u64 + 1, u64::MAX] {
        let refused = query!((): "INSERT INTO kinds (big) VALUES (" {above} ")");
        let error = refused.execute(&lab.db).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
        assert!(!error.to_string().contains(&above.to_string()), "{error}");
    }
    assert_eq!(query!(i64: "SELECT count(*) FROM kinds").fetch_one(&lab.db).await.unwrap(), 0);
    // The other way: a column holds more than the type.
    let _ = round!(lab, "big", i64, -1);
    for error in [
        query!(u64: "SELECT big FROM kinds").fetch_one(&lab.db).await.unwrap_err(),
        query!(u8: "SELECT big FROM kinds").fetch_one(&lab.db).await.map(u64::from).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    }
}

pub(crate) async fn numbers_and_booleans_come_back(lab: &Lab) {
    for number in [0.0, -1.5, 0.1, f64::MIN, f64::MAX, f64::EPSILON] {
        let _ = round!(lab, "dbl", f64, number);
    }
    for number in [0.0, -1.5, 0.1, 1e30] {
        let _ = round!(lab, "single", f32, number);
        let _ = round!(lab, "dbl", Option<f32>, Some(number));
    }
    let _ = round!(lab, "yes", bool, true);
    let _ = round!(lab, "yes", bool, false);
    let _ = round!(lab, "yes", Option<bool>, None);
    for number in [f64::NAN, f64::INFINITY] {
        let refused = query!((): "INSERT INTO kinds (dbl) VALUES (" {number} ")");
        assert_eq!(refused.execute(&lab.db).await.unwrap_err().kind(), ErrorKind::Rejected);
    }
}

pub(crate) async fn texts_come_back_whatever_is_in_them(lab: &Lab) {
    let long = "ü".repeat(10_000);
    for text in [
        "",
        " ",
        "plain",
        "it's",
        "\"",
        "`",
        "\\",
        "\\'",
        "'; DROP TABLE items; --",
        "%_!",
        "$1 ?1 ? :a @b",
        "\u{1f980} ü ß \u{202e}",
        "line\nline\r\n\ttab",
        "{braces}",
        "/* */ -- #",
        "NULL",
        &long,
    ] {
        let _ = round!(lab, "txt", String, text.to_owned());
    }
    let _ = round!(lab, "txt", Text<8>, Text::new("bounded").unwrap());
    let _ = round!(lab, "txt", Slug, Slug::new("a-slug").unwrap());
    let _ = round!(lab, "txt", Option<String>, None);
    // Postgres cannot store NUL; a caller's string with one is not a failure of the service.
    let nul = query!((): "INSERT INTO kinds (txt) VALUES (" {"a\0b"} ")").execute(&lab.db).await;
    if lab.dialect() == palisade::sql::Dialect::Postgres {
        assert_eq!(nul.unwrap_err().kind(), ErrorKind::Rejected);
    } else {
        assert_eq!(nul.unwrap(), 1);
    }
}

pub(crate) async fn bytes_and_uuids_come_back(lab: &Lab) {
    let _ = round!(lab, "byt", Vec<u8>, (0..=255).collect());
    let _ = round!(lab, "byt", Vec<u8>, Vec::new());
    let _ = round!(lab, "byt", Option<Vec<u8>>, None);
    let _ = round!(lab, "uid", Uuid, Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
    let _ = round!(lab, "uid", Option<Uuid>, None);
    query!((): "INSERT INTO kinds (byt) VALUES (" {[1_u8, 2, 3]} ")")
        .execute(&lab.db)
        .await
        .unwrap();
}

pub(crate) async fn times_come_back_to_the_microsecond(lab: &Lab) {
    let time = OffsetDateTime::from_unix_timestamp_nanos(1_764_000_000_123_456_000).unwrap();
    let _ = round!(lab, "tim", OffsetDateTime, time);
    let elsewhere = time.to_offset(time::UtcOffset::from_hms(5, 30, 0).unwrap());
    let _ = round!(lab, "tim", OffsetDateTime, elsewhere);
    let system = SystemTime::UNIX_EPOCH + Duration::from_micros(1_764_000_000_999_999);
    let _ = round!(lab, "tim", SystemTime, system);
    let _ = round!(lab, "tim", Option<SystemTime>, None);
    let _ = round!(lab, "day", Date, Date::from_calendar_date(2026, Month::February, 28).unwrap());
    // Texts in SQLite compare as the times do.
    query!((): "DELETE FROM kinds").execute(&lab.db).await.unwrap();
    for at in [time, elsewhere + Duration::from_micros(1), time + Duration::from_secs(1)] {
        query!((): "INSERT INTO kinds (tim) VALUES (" {at} ")").execute(&lab.db).await.unwrap();
    }
    let after = query!(i64: "SELECT count(*) FROM kinds WHERE tim > " {time});
    assert_eq!(after.fetch_one(&lab.db).await.unwrap(), 2);
    let now = query!(i64: "SELECT count(*) FROM kinds WHERE tim > CURRENT_TIMESTAMP");
    assert_eq!(now.fetch_one(&lab.db).await.unwrap(), 0);
}

pub(crate) async fn json_comes_back(lab: &Lab) {
    let value = serde_json::json!({"a": [1, 2.5, null, "it's"], "b": {"c": true}});
    let _ = round!(lab, "doc", Option<AsJson<serde_json::Value>>, None);
    let tags = vec!["x".to_owned(), "'".to_owned()];
    for json in [value, serde_json::json!(tags)] {
        query!((): "DELETE FROM kinds").execute(&lab.db).await.unwrap();
        query!((): "INSERT INTO kinds (doc) VALUES (" {json} ")").execute(&lab.db).await.unwrap();
        let back =
            query!(serde_json::Value: "SELECT doc FROM kinds").fetch_one(&lab.db).await.unwrap();
        assert_eq!(back, json);
    }
    let back =
        query!(AsJson<Vec<String>>: "SELECT doc FROM kinds").fetch_one(&lab.db).await.unwrap();
    assert_eq!(back.0, tags);
    let wrong =
        query!(AsJson<Vec<u8>>: "SELECT doc FROM kinds").fetch_one(&lab.db).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Decode);
}

#[derive(Debug, PartialEq)]
struct ItemId(u32);

impl Bind for ItemId {
    const KIND: ValueType = u32::KIND;

    fn value(&self) -> Result<Value<'_>, BindError> {
        self.0.value()
    }
}

impl FromColumn for ItemId {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        u32::from_column(column).map(Self)
    }
}

pub(crate) async fn own_types_and_optional_ones_come_back(lab: &Lab) {
    let _ = round!(lab, "big", ItemId, ItemId(7));
    let _ = round!(lab, "big", Option<ItemId>, None);
    let name = "borrowed".to_owned();
    let (once, twice, boxed) = (&name, &&name, Box::new(name.clone()));
    for written in [
        query!((): "INSERT INTO kinds (txt) VALUES (" {once} ")").execute(&lab.db).await,
        query!((): "INSERT INTO kinds (txt) VALUES (" {twice} ")").execute(&lab.db).await,
        query!((): "INSERT INTO kinds (txt) VALUES (" {boxed} ")").execute(&lab.db).await,
        query!((): "INSERT INTO kinds (txt) VALUES (" {name.as_str()} ")").execute(&lab.db).await,
        query!((): "INSERT INTO kinds (txt) VALUES (" {std::borrow::Cow::Borrowed("borrowed")} ")")
            .execute(&lab.db)
            .await,
    ] {
        assert_eq!(written.unwrap(), 1);
    }
    let count = query!(i64: "SELECT count(*) FROM kinds WHERE txt = " {name});
    assert_eq!(count.fetch_one(&lab.db).await.unwrap(), 5);
}

pub(crate) async fn a_column_of_another_type_is_an_error(lab: &Lab) {
    let _ = round!(lab, "txt", String, "hunter2".to_owned());
    let errors = [
        query!(i64: "SELECT txt FROM kinds").fetch_one(&lab.db).await.map(|_| ()).unwrap_err(),
        query!(Uuid: "SELECT txt FROM kinds").fetch_one(&lab.db).await.map(|_| ()).unwrap_err(),
        query!(OffsetDateTime: "SELECT txt FROM kinds")
            .fetch_one(&lab.db)
            .await
            .map(|_| ())
            .unwrap_err(),
        query!(f64: "SELECT txt FROM kinds").fetch_one(&lab.db).await.map(|_| ()).unwrap_err(),
        query!(String: "SELECT big FROM kinds").fetch_one(&lab.db).await.map(|_| ()).unwrap_err(),
        query!((String, i64): "SELECT txt FROM kinds")
            .fetch_one(&lab.db)
            .await
            .map(|_| ())
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{error}");
    }
}
