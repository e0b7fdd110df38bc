//! Where a document does not fit its types.

use std::collections::BTreeMap;

use palisade_macros::Input;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusals;
use crate::input::{Rejection, Text, from_json};

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(tag = "t", deny_unknown_fields)]
enum Tagged {
    A { a: u8 },
    B { a: f32, b: Option<Box<Tagged>> },
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(tag = "t", content = "c", deny_unknown_fields)]
enum Adjacent {
    A(u8),
    B { a: f32 },
    C(u8, f32),
    D,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(deny_unknown_fields)]
enum External {
    A(f32),
    B { a: f32 },
    C(u8, f32),
    D,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(untagged, deny_unknown_fields)]
#[input(allow(untagged), reason = "a test of untagged enums")]
enum Untagged {
    Number(u8),
    Text(Text<2>),
    Tagged(Tagged),
    Named { a: f32, b: Vec2 },
    Pair(u8, u8),
}

#[derive(Debug, Deserialize, Serialize, Input)]
struct Vec2([u8; 2]);

type Tree = BTreeMap<u8, Untagged>;

#[test]
fn conditions_of_a_variant_are_told_where_its_field_stands() {
    for (body, place) in [
        (r#"{"t": "B", "a": 1e39}"#, "/a value"),
        (r#"{"t": "B", "a": 1, "b": {"t": "B", "a": 1e39}}"#, "/b/a value"),
    ] {
        assert_eq!(refusals(from_json::<Tagged>(body.as_bytes())), [place], "{body}");
    }
    for (body, place) in [
        (r#"{"t": "B", "c": {"a": 1e39}}"#, "/c/a value"),
        (r#"{"t": "C", "c": [1, 1e39]}"#, "/c/1 value"),
    ] {
        assert_eq!(refusals(from_json::<Adjacent>(body.as_bytes())), [place], "{body}");
    }
    for (body, place) in [
        (r#"{"A": 1e39}"#, "/A value"),
        (r#"{"B": {"a": 1e39}}"#, "/B/a value"),
        (r#"{"C": [1, 1e39]}"#, "/C/1 value"),
    ] {
        assert_eq!(refusals(from_json::<External>(body.as_bytes())), [place], "{body}");
    }
}

#[test]
fn an_enum_without_tags_tells_what_its_nearest_variant_misses() {
    for (body, expected) in [
        ("300", &[" value"][..]),
        ("\"abc\"", &[" length"]),
        ("true", &[" invalid"]),
        (r#"{"t": "A", "a": "x"}"#, &["/a type"]),
        (r#"{"a": 1, "b": [1]}"#, &["/b length"]),
        (r#"{"a": 1, "b": [1, "x"]}"#, &["/b/1 type"]),
        ("[1]", &[" length"]),
        ("[1, 300]", &["/1 value"]),
    ] {
        assert_eq!(refusals(from_json::<Untagged>(body.as_bytes())), expected, "{body}");
    }
}

#[test]
fn a_mistake_deep_in_an_enum_without_tags_is_told() {
    let deep =
        |inner: &str| format!("{}{inner}{}", r#"{"t":"B","a":1,"b":"#.repeat(60), "}".repeat(60));
    let refused = from_json::<Untagged>(deep("{\"t\":\"A\",\"a\":\"x\"}").as_bytes());
    assert_eq!(refusals(refused), [format!("{}/a type", "/b".repeat(60))]);
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof!["[abct]", "[ABCD]", "[0-9]{1,3}", ".{0,3}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u16>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        name.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A document is accepted, or refused at a place that it has; it is never malformed.
fn is_told<T: crate::input::Input + serde::de::DeserializeOwned>(document: &Value) {
    match from_json::<T>(document.to_string().as_bytes()) {
        Ok(_) => {}
        Err(Rejection::Malformed) => panic!("{document} is JSON"),
        Err(Rejection::Invalid(errors)) => {
            assert!(!errors.is_empty());
            for error in errors {
                // A missing member is reported at an existing object.
                let place = match &*error.code {
                    "missing" => error.pointer.rsplit_once('/').map_or("", |(above, _)| above),
                    _ => &error.pointer,
                };
                // Control characters are dropped from pointers.
                let text = document.to_string();
                let is_odd = text.contains('\\') || text.chars().any(char::is_control);
                assert!(is_odd || document.pointer(place).is_some(), "{error:?} in {document}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_json_is_told_where_it_does_not_fit(document in any_json()) {
        is_told::<Tagged>(&document);
        is_told::<Adjacent>(&document);
        is_told::<External>(&document);
        is_told::<Untagged>(&document);
        is_told::<super::Order>(&document);
        is_told::<Wrapped>(&document);
    }
}

#[derive(Debug, Deserialize, Serialize, validator::Validate, Input)]
#[serde(transparent)]
struct Wrapped {
    #[validate(length(max = 2))]
    tree: Tree,
}

#[test]
fn a_transparent_type_keeps_the_rules_of_its_field() {
    assert!(from_json::<Wrapped>(br#"{"1": 1, "2": "ab"}"#).is_ok());
    let many = from_json::<Wrapped>(br#"{"1": 1, "2": 2, "3": 3}"#);
    assert_eq!(refusals(many), [" length"]);
    let refused = from_json::<Wrapped>(br#"{"1": 300, "x": 2, "256": 2}"#);
    assert_eq!(refusals(refused), ["/1 value", "/x type", "/256 value"]);
}
