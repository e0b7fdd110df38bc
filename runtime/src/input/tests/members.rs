//! Repeated members, in every kind of type, and against a second reader.

use std::collections::{BTreeMap, HashMap};

use palisade_macros::Input;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{refusals, unique::Unique};
use crate::input::{Slug, Text, from_form, from_json, from_query, repeated};

#[derive(Debug, Default, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields, default)]
struct Holder {
    #[validate(length(max = 9))]
    m: BTreeMap<Text<5>, u32>,
    #[validate(length(max = 9))]
    h: HashMap<Slug, u32>,
    #[validate(length(max = 9))]
    f: HashMap<Slug, u32, foldhash::fast::RandomState>,
    #[input(allow(unbounded), reason = "stored unread by us")]
    any: serde_json::Value,
    #[input(allow(unbounded), reason = "stored unread by us")]
    many: Vec<serde_json::Value>,
    tagged: Option<Tagged>,
    adjacent: Option<Adjacent>,
    external: Option<External>,
    either: Option<Either>,
    #[validate(nested, length(max = 9))]
    below: BTreeMap<Slug, Holder>,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(tag = "t", deny_unknown_fields)]
enum Tagged {
    A { id: u8 },
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(tag = "t", content = "c", deny_unknown_fields)]
enum Adjacent {
    A { id: u8 },
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(deny_unknown_fields)]
enum External {
    A { id: u8 },
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(untagged, deny_unknown_fields)]
#[input(allow(untagged), reason = "two versions of one message")]
enum Either {
    A { id: u8 },
    B { name: Text<4> },
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Loose {
    id: u8,
    #[serde(flatten)]
    #[input(allow(flatten, unbounded), reason = "kept as it came")]
    rest: BTreeMap<String, serde_json::Value>,
}

#[test]
fn a_repeated_member_is_refused_in_every_kind_of_object() {
    for (body, place) in [
        (r#"{"m":{"a":1,"a":2}}"#, "/m/a"),
        (r#"{"m":{"a":1,"\u0061":2}}"#, "/m/a"),
        (r#"{"h":{"a":1,"b":2,"a":2}}"#, "/h/a"),
        (r#"{"f":{"a":1,"a":2}}"#, "/f/a"),
        (r#"{"m":{"a":1},"m":{"b":1}}"#, "/m"),
        (r#"{"any":{"x":[{"y":1,"y":2}]}}"#, "/any/x/0/y"),
        (r#"{"any":{"":1,"":2}}"#, "/any/"),
        (r#"{"many":[1,{"a":{},"a":{}}]}"#, "/many/1/a"),
        (r#"{"tagged":{"t":"A","id":1,"id":2}}"#, "/tagged/id"),
        (r#"{"tagged":{"t":"A","t":"A","id":1}}"#, "/tagged/t"),
        (r#"{"adjacent":{"t":"A","c":{"id":1,"id":2}}}"#, "/adjacent/c/id"),
        (r#"{"adjacent":{"c":{"id":1},"t":"A","c":{"id":1}}}"#, "/adjacent/c"),
        (r#"{"external":{"A":{"id":1,"id":2}}}"#, "/external/A/id"),
        (r#"{"either":{"id":1,"id":2}}"#, "/either/id"),
        (r#"{"below":{"a":{},"a":{}}}"#, "/below/a"),
        (r#"{"below":{"a":{"below":{"b":{"m":{"c":1,"c":1}}}}}}"#, "/below/a/below/b/m/c"),
    ] {
        assert_eq!(refusals(from_json::<Holder>(body.as_bytes())), [format!("{place} duplicate")]);
    }
    for (body, place) in [
        (r#"{"id":1,"x":1,"x":2}"#, "/x"),
        (r#"{"id":1,"id":2}"#, "/id"),
        (r#"{"id":1,"x":{"a":1,"a":1}}"#, "/x/a"),
    ] {
        assert_eq!(refusals(from_json::<Loose>(body.as_bytes())), [format!("{place} duplicate")]);
    }
    let fine = br#"{"m":{"a":1,"b":1},"h":{"a":1},"f":{"a":1},"any":{"a":{"a":[{"a":1},{"a":1}]}},
        "tagged":{"t":"A","id":1},"adjacent":{"t":"A","c":{"id":1}},"external":{"A":{"id":1}},
        "either":{"name":"id"},"below":{"a":{"m":{"a":1}}}}"#;
    assert!(from_json::<Holder>(fine).is_ok());
}

#[test]
fn a_repeated_name_is_refused_in_forms_and_queries_too() {
    #[derive(Debug, Deserialize, Serialize, Validate, Input)]
    #[input(unknown_fields = allow, reason = "the sender adds fields at will")]
    struct Query {
        q: Option<Text<8>>,
        #[serde(flatten)]
        #[input(allow(flatten, unbounded), reason = "kept as it came")]
        rest: BTreeMap<String, String>,
    }
    assert_eq!(refusals(from_query::<Query>("q=1&%71=2")), ["/q duplicate"]);
    assert_eq!(refusals(from_query::<Query>("x=1&y=2&x=1")), ["/x duplicate"]);
    assert_eq!(refusals(from_form::<Query>(b"x+y=1&x%20y=2")), ["/x y duplicate"]);
    assert!(from_query::<Query>("x=1&X=2&y=").is_ok());
}

/// Names of which some are one without their escapes.
fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "\\u0061",
        "b",
        "",
        "a\\n",
        "a\\u000a",
        "\\\"",
        "\\u0022",
        "\\\\",
        "\\u005c",
        "/",
        "\\/",
        "é",
        "\\u00e9",
        "e\u{301}",
        "\\ud83d\\ude00",
        "😀",
        "{",
        "}",
        ",",
        "[",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
    ])
}

fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("null".to_owned()),
        Just("-1.5e3".to_owned()),
        name().prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(4, 48, 12, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|list| format!("[{}]", list.join(" , "))),
            prop::collection::vec((name(), inner), 0..12).prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\" :{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn two_readers_agree_on_what_is_repeated(json in document()) {
        let unique = match serde_json::from_str::<Unique>(&json) {
            Ok(_) => true,
            Err(error) => {
                prop_assert!(error.is_data(), "{} {}", json, error);
                false
            }
        };
        prop_assert_eq!(repeated(json.as_bytes()).is_none(), unique, "{}", json);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), json in "[{}\\[\\]\",:a\\\\u0d8 ]{0,64}") {
        let _ = repeated(&bytes);
        let _ = repeated(json.as_bytes());
    }
}
