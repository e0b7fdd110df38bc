//! What compiles as an argument can be filled by a request: each type of a field, in each place.
//!
//! The table says by what a field is filled, or that it does not compile there, and both are compared with
//! what the types say when they are compiled.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    net::{IpAddr, SocketAddr},
    num::NonZero,
    time::{Duration, SystemTime},
};

use palisade_macros::Input;
use secrecy::SecretBox;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;
use validator::Validate;

use crate::input::{
    Field, Input, Patch, Place, Rejection, Slug, Text, encoded::read, from_json, named::Misfit,
};

#[derive(
    Debug, Deserialize, Serialize, Input, PartialEq, Eq, PartialOrd, Ord, Hash, Clone, Copy,
)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(tag = "kind", deny_unknown_fields)]
enum Tagged {
    Set { value: u8 },
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Mixed {
    Nothing,
    Some(u8),
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Inner {
    value: u8,
}

#[derive(Debug, Deserialize, Serialize, Input, Clone, Copy)]
struct Id(u64);

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Ids {
    #[validate(length(max = 3))]
    ids: Vec<u8>,
}

#[derive(Debug, Deserialize, Serialize, Input)]
struct Kept<T: Input>(T);

/// How a value is written in a place.
type Written = Option<&'static [&'static str]>;

/// A field of one type, as it is written in a body of JSON, a query string or a form, a form in parts, and
/// a path.
struct Filled {
    name: &'static str,
    json: fn(&str) -> Option<Rejection>,
    pairs: fn(Place, &[&str]) -> Option<Rejection>,
    misfit: Option<Misfit>,
    misfit_in_parts: Option<Misfit>,
    fits_path: bool,
    as_json: &'static str,
    named: Written,
    in_parts: Written,
    in_path: Written,
}

fn from_pairs<T: Input + DeserializeOwned>(place: Place, values: &[&str]) -> Option<Rejection> {
    let pairs: Vec<_> = values.iter().map(|value| ("v".into(), (*value).into())).collect();
    read::<T>(place, &pairs).err()
}

macro_rules! table {
    ($(
        $(#[$about:meta])*
        $name:ident($($type:tt)+): $(# $attribute:tt)* $json:literal,
        $named:expr, $in_parts:expr, $in_path:expr;
    )*) => {
        $(
            $(#[$about])*
            mod $name {
                use super::*;

                #[derive(Deserialize, Serialize, Validate, palisade_macros::Input)]
                #[serde(deny_unknown_fields)]
                pub(super) struct In {
                    $(# $attribute)*
                    pub(super) v: $($type)+,
                }
            }
        )*

        #[expect(clippy::vec_init_then_push, reason = "each may stand under a feature")]
        fn table() -> Vec<Filled> {
            let mut all = Vec::new();
            $(
                $(#[$about])*
                all.push(Filled {
                    name: stringify!($name),
                    json: |body| from_json::<$name::In>(body.as_bytes()).err(),
                    pairs: from_pairs::<$name::In>,
                    misfit: Field::misfit($name::In::FIELDS, false),
                    misfit_in_parts: Field::misfit($name::In::FIELDS, true),
                    fits_path: Field::all_fit_path($name::In::FIELDS),
                    as_json: $json,
                    named: $named,
                    in_parts: $in_parts,
                    in_path: $in_path,
                });
            )*
            all
        }
    };
}

/// The same text in a query string, a form in parts and a path.
macro_rules! one {
    ($text:literal) => {
        Some(&[$text])
    };
}

table! {
    number(u8): "7", one!("7"), one!("7"), one!("7");
    signed(i64): "-7", one!("-7"), one!("-7"), one!("-7");
    float(f32): "1.5", one!("1.5"), one!("1.5"), one!("1.5");
    double(f64): "1e3", one!("1e3"), one!("1e3"), one!("1e3");
    non_zero(NonZero<u16>): "7", one!("7"), one!("7"), one!("7");
    boolean(bool): "true", one!("true"), one!("true"), one!("true");
    character(char): "\"x\"", one!("x"), one!("x"), None;
    id(Uuid): "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
        one!("67e55044-10b1-426f-9247-bb680e5fe0c8"), one!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
        one!("67e55044-10b1-426f-9247-bb680e5fe0c8");
    address(IpAddr): "\"::1\"", one!("::1"), one!("127.0.0.1"), one!("::1");
    socket(SocketAddr): "\"[::1]:80\"", one!("[::1]:80"), one!("127.0.0.1:80"), one!("[::1]:80");
    text(Text<8>): "\"x\"", one!("x"), one!("x"), None;
    slug(Slug): "\"x\"", one!("x"), one!("x"), one!("x");
    string(String): #[validate(length(max = 8))] "\"x\"", one!("x"), one!("x"), None;
    color(Color): "\"red\"", one!("red"), one!("red"), one!("red");
    newtype(Id): "7", one!("7"), one!("7"), one!("7");
    generic(Kept<u8>): "7", one!("7"), one!("7"), one!("7");
    boxed(Box<u8>): "7", one!("7"), one!("7"), one!("7");
    secret(SecretBox<Text<8>>): #[serde(skip_serializing)] "\"x\"", one!("x"), one!("x"), None;
    optional(Option<u8>): "null", one!("7"), one!("7"), None;
    optional_boolean(Option<bool>): "true", one!("true"), one!("true"), None;
    optional_color(Option<Box<Color>>): "\"red\"", one!("red"), one!("red"), None;
    defaulted(u8): #[serde(default)] "7", one!("7"), one!("7"), None;
    checkbox(bool): #[input(checkbox)] "true", one!("on"), one!("on"), one!("true");
    patch(Patch<u8>): #[serde(default)] "null", None, None, None;
    duration(Duration): "{\"secs\": 1, \"nanos\": 0}", None, None, None;
    moment(SystemTime): "{\"secs_since_epoch\": 1, \"nanos_since_epoch\": 0}", None, None, None;

    // Lists.
    list(Vec<u8>): #[validate(length(max = 3))] "[1]", None, None, None;
    repeated(Vec<u8>): #[validate(length(max = 3))] #[input(list = repeat)] "[1, 2]",
        Some(&["1", "2"]), Some(&["1", "2"]), None;
    in_commas(Vec<u8>): #[validate(length(max = 3))] #[input(list = comma)] "[1, 2]",
        one!("1,2"), one!("1,2"), None;
    empty_list(Vec<u8>): #[validate(length(max = 3))] #[input(list = repeat)] "[]",
        Some(&[]), Some(&[]), None;
    optional_list(Option<Vec<bool>>): #[validate(length(max = 3))] #[input(list = comma)] "[true]",
        one!("true,false"), one!("true"), None;
    absent_list(Option<Vec<Text<8>>>): #[validate(length(max = 3))] #[input(list = repeat)] "null",
        Some(&[]), Some(&["a", "b"]), None;
    set(BTreeSet<Color>): #[validate(length(max = 3))] #[input(list = comma)] "[\"red\"]",
        one!("red"), one!("red"), None;
    hash_set(HashSet<Slug>): #[validate(length(max = 3))] #[input(list = repeat)] "[\"x\"]",
        Some(&["x", "y"]), Some(&["x", "y"]), None;
    deque(VecDeque<Id>): #[validate(length(max = 3))] #[input(list = repeat)] "[1]",
        Some(&["1", "2"]), Some(&["1", "2"]), None;
    array([u8; 2]): #[input(list = repeat)] "[1, 2]", Some(&["1", "2"]), Some(&["1", "2"]), None;
    array_in_commas([u8; 2]): #[input(list = comma)] "[1, 2]", one!("1,2"), one!("1,2"), None;
    optional_array(Option<[u8; 2]>): #[input(list = comma)] "null", one!("1,2"), one!("1,2"), None;
    list_of_options(Vec<Option<u8>>): #[validate(length(max = 3))] #[input(list = comma)] "[null, 1]",
        one!("1,2"), one!("1,2"), None;
    list_in_newtype(Ids): #[input(list = comma)] "[1]",
        one!("1,2"), one!("1,2"), None;
    list_of_lists(Vec<[u8; 2]>): #[validate(length(max = 3))] "[[1, 2]]", None, None, None;

    // Documents.
    tuple((u8, u8)): "[1, 2]", None, None, None;
    tuple_of_one((u8,)): "[1]", None, None, None;
    map(HashMap<Slug, u8>): #[validate(length(max = 3))] "{\"a\": 1}", None, None, None;
    ordered_map(BTreeMap<u8, Text<8>>): #[validate(length(max = 3))] "{\"1\": \"a\"}", None, None, None;
    inner(Inner): #[validate(nested)] "{\"value\": 1}", None, None, None;
    optional_inner(Option<Inner>): #[validate(nested)] "null", None, None, None;
    list_of_inner(Vec<Inner>): #[validate(nested, length(max = 3))] "[{\"value\": 1}]", None, None, None;
    tagged(Tagged): "{\"kind\": \"Set\", \"value\": 1}", None, None, None;
    mixed(Mixed): "{\"some\": 1}", None, None, None;
    generic_of_tuple(Kept<Mixed>): "\"nothing\"", None, None, None;

    // In parts alone.
    json_inner(Inner): #[validate(nested)] #[input(json)] "{\"value\": 1}",
        None, one!("{\"value\": 1}"), None;
    json_optional(Option<Inner>): #[validate(nested)] #[input(json)] "null",
        None, one!("null"), None;
    json_absent(Option<Inner>): #[validate(nested)] #[input(json)] "null", None, Some(&[]), None;
    json_list(Vec<u8>): #[validate(length(max = 3))] #[input(json)] "[1]", None, one!("[1, 2]"), None;
    json_map(HashMap<Slug, u8>): #[validate(length(max = 3))] #[input(json)] "{}",
        None, one!("{\"a\": 1}"), None;
    json_tuple((u8, u8)): #[input(json)] "[1, 2]", None, one!("[1, 2]"), None;
    json_tagged(Tagged): #[input(json)] "{\"kind\": \"Set\", \"value\": 1}",
        None, one!("{\"kind\": \"Set\", \"value\": 1}"), None;
    json_mixed(Mixed): #[input(json)] "\"nothing\"", None, one!("\"nothing\""), None;
    json_number(u8): #[input(json)] "7", None, one!("7"), one!("7");
    json_patch(Patch<u8>): #[serde(default)] #[input(json)] "7", None, one!("null"), None;
    json_duration(Duration): #[input(json)] "{\"secs\": 1, \"nanos\": 0}",
        None, one!("{\"secs\": 1, \"nanos\": 0}"), None;
    json_any(serde_json::Value): #[input(json, allow(unbounded), reason = "only looked at by a test")]
        "[{}]", None, one!("{\"a\": [1]}"), None;

    // Types of other crates.
    #[cfg(feature = "chrono")]
    chrono_date(::chrono::NaiveDate): "\"2026-02-28\"",
        one!("2026-02-28"), one!("2026-02-28"), one!("2026-02-28");
    #[cfg(feature = "chrono")]
    chrono_time(::chrono::DateTime<::chrono::Utc>): "\"2026-02-28T13:30:00Z\"",
        one!("2026-02-28T13:30:00+01:00"), one!("2026-02-28T13:30:00Z"), one!("2026-02-28T13:30:00Z");
    #[cfg(feature = "jiff")]
    jiff_date(::jiff::civil::Date): "\"2026-02-28\"",
        one!("2026-02-28"), one!("2026-02-28"), one!("2026-02-28");
    #[cfg(feature = "jiff")]
    jiff_duration(::jiff::SignedDuration): "\"PT5M\"", one!("PT5M"), one!("5m"), one!("PT5M");
    #[cfg(feature = "jiff")]
    jiff_zoned(::jiff::Zoned): "\"2026-02-28T13:30:00+01:00[+01:00]\"",
        one!("2026-02-28T13:30:00+01:00[+01:00]"), one!("2026-02-28T13:30:00+01:00[+01:00]"), None;
    #[cfg(feature = "time")]
    time_date(::time::Date): "\"2026-02-28\"",
        one!("2026-02-28"), one!("2026-02-28"), one!("2026-02-28");
    #[cfg(feature = "time")]
    time_offset(::time::OffsetDateTime): "\"2026-02-28 13:30:00.0 +01:00:00\"",
        one!("2026-02-28 13:30:00.0 +01:00:00"), one!("2026-02-28 13:30:00.0 +00:00:00"),
        one!("2026-02-28 13:30:00.0 +00:00:00");
    #[cfg(feature = "time")]
    time_duration(::time::Duration): "\"5.000000000\"",
        one!("5.000000000"), one!("5.000000000"), one!("5.000000000");
    #[cfg(feature = "rust_decimal")]
    decimal(::rust_decimal::Decimal): "\"19.90\"", one!("19.90"), one!("19.90"), one!("19.90");
    #[cfg(feature = "url")]
    link(::url::Url): "\"https://example.com/\"",
        one!("https://example.com/"), one!("https://example.com/"), None;
    #[cfg(feature = "url")]
    link_of_scheme(::url::Url): #[input(schemes("ftp"))] "\"ftp://example.com/\"",
        one!("ftp://example.com/"), one!("ftp://example.com/"), None;
}

#[test]
fn what_compiles_can_be_filled_and_the_rest_does_not_compile() {
    for filled in table() {
        let Filled { name, as_json, .. } = filled;
        let body = format!("{{\"v\": {as_json}}}");
        assert_eq!((filled.json)(&body), None, "{name} in a body");
        let named = [("a query string", Place::Query), ("a form", Place::Body)];
        for (place, kind) in named {
            assert_eq!(filled.misfit.is_none(), filled.named.is_some(), "{name} in {place}");
            if let Some(texts) = filled.named {
                assert_eq!((filled.pairs)(kind, texts), None, "{name} in {place}");
            }
        }
        let compiles = filled.misfit_in_parts.is_none();
        assert_eq!(compiles, filled.in_parts.is_some(), "{name} in parts");
        if let Some(texts) = filled.in_parts {
            assert_eq!((filled.pairs)(Place::Body, texts), None, "{name} in parts");
        }
        assert_eq!(filled.fits_path, filled.in_path.is_some(), "{name} in a path");
        if let Some(texts) = filled.in_path {
            assert_eq!((filled.pairs)(Place::Path, texts), None, "{name} in a path");
        }
    }
}
