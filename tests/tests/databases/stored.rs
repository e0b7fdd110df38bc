//! Whatever a database stores is read or is an error of the row: no value panics.

use palisade::sql::{ColumnRef, DecodeError, Dialect, Error, ErrorKind, FromColumn};
use serde_json::Value;
use time::{Date, Duration, Month, OffsetDateTime};
use uuid::Uuid;

use crate::lab::{Lab, query};

/// Reads the first column of a statement as every type that a column is read into.
macro_rules! as_every_type {
    ($lab:ident, $($rest:tt)+) => {
        as_every_type!(@ $lab,
            [bool, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, String, Vec<u8>, Uuid, OffsetDateTime,
             std::time::SystemTime, Date, Value, Option<OffsetDateTime>, Option<Date>, Option<String>],
            ($($rest)+))
    };
    (@ $lab:ident, [$($type:ty),+], $rest:tt) => {{
        // A function of its own: all of them in one are more than a stack holds.
        async fn read($lab: &Lab) {
            $(as_every_type!(@one $lab, $type, $rest);)+
        }
        read($lab).await;
    }};
    (@one $lab:ident, $type:ty, ($($rest:tt)+)) => {
        let read = Box::pin(async {
            query!($type: $($rest)+).fetch_one(&$lab.db).await.map(|_| ())
        })
        .await;
        is_read_or_refused(read, concat!(stringify!($($rest)+), " as ", stringify!($type)));
    };
}

/// A caught panic does not count as an answer: with `panic = "abort"` it would not have been
/// caught.
fn is_read_or_refused(read: Result<(), Error>, what: &str) {
    if let Err(error) = read {
        assert_eq!(error.kind(), ErrorKind::Decode, "{what}: {error}");
        assert!(!error.to_string().contains("panicked"), "{what}: {error}");
    }
}

pub(crate) async fn no_stored_value_panics(lab: &Lab) {
    match lab.dialect() {
        Dialect::Sqlite => {
            as_every_type!(lab, "SELECT 9223372036854775807");
            as_every_type!(lab, "SELECT -9223372036854775808");
            as_every_type!(lab, "SELECT 9e999");
            as_every_type!(lab, "SELECT -1.5e-300");
            as_every_type!(lab, "SELECT ''");
            as_every_type!(lab, "SELECT '9999-99-99 99:99:99'");
            as_every_type!(lab, "SELECT '-9999-12-31T23:59:60.999999999-23:59'");
            as_every_type!(lab, "SELECT '9999-12-31T23:59:59-23:59'");
            as_every_type!(lab, "SELECT '-0001-01-01'");
            as_every_type!(lab, "SELECT '2026-02-30'");
            as_every_type!(lab, "SELECT x'00ff80'");
            as_every_type!(lab, "SELECT CAST(x'c3' AS TEXT)");
            as_every_type!(lab, "SELECT '{\"a\":'");
            as_every_type!(lab, "SELECT NULL");
        }
        Dialect::Postgres => {
            as_every_type!(lab, "SELECT 'NaN'::float8");
            as_every_type!(lab, "SELECT '-Infinity'::float4");
            as_every_type!(lab, "SELECT 'NaN'::numeric");
            as_every_type!(lab, "SELECT 1e1000::numeric");
            as_every_type!(lab, "SELECT '24:00:00'::time");
            as_every_type!(lab, "SELECT '178000000 years'::interval");
            as_every_type!(lab, "SELECT '\\x00'::bytea");
            as_every_type!(lab, "SELECT '{1,2}'::int[]");
            as_every_type!(lab, "SELECT '1e400'::jsonb");
            as_every_type!(lab, "SELECT NULL::timestamptz");
        }
        Dialect::MySql => {
            as_every_type!(lab, "SELECT FROM_DAYS(0)");
            as_every_type!(lab, "SELECT CAST('9999-12-31 23:59:59.999999' AS DATETIME(6))");
            as_every_type!(lab, "SELECT CAST('0001-01-01' AS DATE)");
            as_every_type!(lab, "SELECT CAST('-838:59:59.999999' AS TIME(6))");
            as_every_type!(lab, "SELECT 18446744073709551615");
            as_every_type!(lab, "SELECT -1e308");
            as_every_type!(lab, "SELECT CAST(1e64 AS DECIMAL(65))");
            as_every_type!(lab, "SELECT x'00ff80'");
            as_every_type!(lab, "SELECT ''");
            as_every_type!(lab, "SELECT NULL");
        }
    }
}

/// Numbers that are spread over all magnitudes, the same in every run.
fn spread(count: u32) -> impl Iterator<Item = i64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let ends = [0, 1, -1, i64::MAX, i64::MIN, i64::from(i32::MAX), i64::from(i32::MIN)];
    let random = (0..count).map(move |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.cast_signed() >> (state % 61)
    });
    ends.into_iter().chain(random)
}

pub(crate) async fn every_time_is_read_as_it_is_or_refused(lab: &Lab) {
    let epoch = Date::from_calendar_date(2000, Month::January, 1).unwrap();
    match lab.dialect() {
        Dialect::Postgres => {
            for micros in spread(300) {
                // The test skips values that the server itself cannot store.
                if !(-211_813_488_000_000_000..9_223_371_331_200_000_000).contains(&micros) {
                    continue;
                }
                let (days, rest) = (micros / 86_400_000_000, micros % 86_400_000_000);
                let read = query!(OffsetDateTime:
                    "SELECT '2000-01-01 00:00:00+00'::timestamptz + (" {days} "::text || ' days')::interval + ("
                    {rest} "::text || ' microseconds')::interval")
                .fetch_one(&lab.db)
                .await;
                let expected =
                    epoch.midnight().assume_utc().checked_add(Duration::microseconds(micros));
                is_as_expected(read, expected, micros);
            }
            for days in spread(300) {
                let Ok(days) = i32::try_from(days) else { continue };
                if !(-2_451_545..2_145_031_949).contains(&days) {
                    continue;
                }
                let read = query!(Date: "SELECT '2000-01-01'::date + " {days} "::int4");
                let expected = epoch.checked_add(Duration::days(days.into()));
                is_as_expected(read.fetch_one(&lab.db).await, expected, days.into());
            }
        }
        Dialect::Sqlite => {
            for seconds in spread(300) {
                let read = query!(OffsetDateTime: "SELECT " {seconds}).fetch_one(&lab.db).await;
                let expected = OffsetDateTime::from_unix_timestamp(seconds).ok();
                is_as_expected(read, expected, seconds);
            }
        }
        Dialect::MySql => {
            for days in spread(300) {
                let days = days.rem_euclid(3_652_425);
                let read = query!(Option<Date>: "SELECT FROM_DAYS(" {days} ")");
                is_read_or_refused(read.fetch_one(&lab.db).await.map(|_| ()), "a day");
            }
        }
    }
}

fn is_as_expected<T: PartialEq + std::fmt::Debug>(
    read: Result<T, Error>,
    expected: Option<T>,
    what: i64,
) {
    match (read, expected) {
        (Ok(read), expected) => assert_eq!(Some(read), expected, "{what}"),
        (Err(error), None) => is_read_or_refused(Err(error), "a time"),
        (Err(error), Some(_)) => panic!("{what}: {error}"),
    }
}

pub(crate) async fn whatever_is_bound_comes_back(lab: &Lab) {
    // What the columns keep: MySQL's TIMESTAMP has 32 bits of seconds.
    let years = if lab.dialect() == Dialect::MySql { 1971..=2037 } else { 1..=9999 };
    let epoch = OffsetDateTime::UNIX_EPOCH;
    for micros in spread(200) {
        let time = epoch.checked_add(Duration::microseconds(micros));
        let Some(time) = time.filter(|time| years.contains(&time.year())) else { continue };
        query!((): "DELETE FROM kinds").execute(&lab.db).await.unwrap();
        let (day, number) = (time.date(), micros as f64);
        query!((): "INSERT INTO kinds (tim, day, big, dbl) VALUES (" {time} ", " {day} ", " {micros} ", " {number} ")")
            .execute(&lab.db)
            .await
            .unwrap();
        let back = query!((OffsetDateTime, Date, i64, f64): "SELECT tim, day, big, dbl FROM kinds");
        let back = back.fetch_one(&lab.db).await.unwrap();
        assert_eq!(back, (time, day, micros, number));
    }
}

/// A type whose reading panics, as a driver's may.
#[derive(Debug)]
struct Panics;

impl FromColumn for Panics {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        let text = String::from_column(column)?;
        panic!("{text}")
    }
}

pub(crate) async fn a_type_that_panics_is_an_error_of_the_row(lab: &Lab) {
    let error = query!(Panics: "SELECT 'hunter2'").fetch_one(&lab.db).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    assert_eq!(query!(String: "SELECT 'next'").fetch_one(&lab.db).await.unwrap(), "next");
}
