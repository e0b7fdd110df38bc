//! JSON bodies.

use proptest::prelude::*;

use super::{Kind, Node, Order, Webhook, refusals};
use crate::input::{Rejection, Slug, from_json};

fn order(body: &str) -> Result<Order, Rejection> {
    from_json(body.as_bytes())
}

#[test]
fn what_keeps_every_rule_is_read() {
    let order = order(
        r#"{"fullName":"äöü","qty":1000,"a/b~c":4,"tags":["a"],"kind":"large",
            "lines":[{"sku":"abc","weight":1.5}],"named":{"x-1":{"sku":"abc","weight":2}}}"#,
    )
    .unwrap();
    assert_eq!((order.full_name.as_str(), order.qty, order.odd_name), ("äöü", 1000, Some(4)));
    assert_eq!((order.kind, order.named.len()), (Some(Kind::Large), 1));
}

#[test]
fn what_is_not_json_is_malformed() {
    for body in [
        "",
        "{",
        "nope",
        "{\"fullName\":\"a\",\"qty\":1}x",
        "{\"fullName\":\"a\",\"qty\":1} {}",
        "{\"fullName\":\"\u{1}\",\"qty\":1}",
        "{'fullName':'a'}",
    ] {
        assert_eq!(order(body), Err(Rejection::Malformed), "{body}");
    }
    assert_eq!(from_json::<Order>(b"{\"fullName\":\"\xff\",\"qty\":1}"), Err(Rejection::Malformed));
    assert_eq!(order("{\"fullName\":\"a\",\"qty\":1e999}x"), Err(Rejection::Malformed));
}

#[test]
fn half_a_surrogate_pair_is_json_and_no_text() {
    let refused = order("{\"fullName\":\"\\ud800\",\"qty\":1}");
    assert_eq!(refusals(refused), ["/fullName value"]);
}

#[test]
fn a_number_out_of_range_is_json() {
    let refused = order("{\"fullName\":\"a\",\"qty\":1e999}");
    assert_eq!(refusals(refused), ["/qty value"]);
}

#[derive(Debug, serde::Deserialize, validator::Validate, palisade_macros::Input)]
#[serde(deny_unknown_fields)]
struct Fixed {
    pair: [u8; 2],
    both: (u8, bool),
}

#[test]
fn an_element_too_many_is_json() {
    let fixed = |body: &str| match from_json::<Fixed>(body.as_bytes()) {
        Ok(Fixed { pair: [one, other], both: (number, truth) }) => {
            vec![format!("{one} {other} {number} {truth}")]
        }
        refused => refusals(refused),
    };
    assert_eq!(fixed(r#"{"pair":[1,2],"both":[3,true]}"#), ["1 2 3 true"]);
    assert_eq!(fixed(r#"{"pair":[1,2,3],"both":[3,true]}"#), ["/pair length"]);
    assert_eq!(fixed(r#"{"pair":[1,2],"both":[3,true,[]]}"#), ["/both length"]);
    assert_eq!(fixed(r#"{"pair":[1],"both":[3,true]}"#), ["/pair length"]);
    let malformed = |body: &str| from_json::<Fixed>(body.as_bytes()).err();
    assert_eq!(malformed(r#"{"pair":[1,2,3],"both":[3,true]}]"#), Some(Rejection::Malformed));
    assert_eq!(malformed(r#"{"pair":[1,2,],"both":[3,true]}"#), Some(Rejection::Malformed));
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| {
        format!("{}{}", "{\"id\":1,\"children\":[".repeat(depth), "]}".repeat(depth))
    };
    assert!(from_json::<Node>(nested(60).as_bytes()).is_ok());
    assert_eq!(from_json::<Node>(nested(70).as_bytes()), Err(Rejection::Malformed));
}

#[test]
fn a_mistake_of_structure_names_its_place_and_kind() {
    for (body, expected) in [
        (r#" ["a",1,null,[],[],null,{},null]"#, " type"),
        (r#"7"#, " type"),
        (r#"{"qty":1}"#, "/fullName missing"),
        (r#"{"fullName":"a"}"#, "/qty missing"),
        (r#"{"fullName":"a","qty":"3"}"#, "/qty type"),
        (r#"{"fullName":"a","qty":3.0}"#, "/qty type"),
        (r#"{"fullName":"a","qty":-1}"#, "/qty value"),
        (r#"{"fullName":"a","qty":1,"qty":1}"#, "/qty duplicate"),
        (r#"{"fullName":"a","qty":1,"full_name":"b"}"#, "/full_name unknown_field"),
        (r#"{"fullName":"a","qty":1,"internal":"b"}"#, "/internal unknown_field"),
        (r#"{"fullName":"a","qty":1,"x/y~z":1}"#, "/x~1y~0z unknown_field"),
        (r#"{"fullName":"a","qty":1,"a/b~c":"x"}"#, "/a~1b~0c type"),
        (r#"{"fullName":"a","qty":1,"kind":"huge"}"#, "/kind variant"),
        (r#"{"fullName":"a","qty":1,"tags":["ok","too long"]}"#, "/tags/1 length"),
        (r#"{"fullName":"a","qty":1,"lines":[{"sku":"abc"}]}"#, "/lines/0/weight missing"),
        (r#"{"fullName":"a","qty":1,"first":{"weight":1}}"#, "/first/sku missing"),
        (
            r#"{"fullName":"a","qty":1,"named":{"k":{"sku":"a","weight":true}}}"#,
            "/named/k/weight type",
        ),
        (
            r#"{"fullName":"a","qty":1,"named":{"No Slug":{"sku":"a","weight":1}}}"#,
            "/named/No Slug value",
        ),
    ] {
        assert_eq!(refusals(order(body)), [expected], "{body}");
    }
}

#[test]
fn broken_rules_are_all_named_on_the_wire() {
    let body = r#"{"fullName":"much too long","qty":0,"a/b~c":3,"tags":["","","",""],
        "lines":[{"sku":"abc","weight":1},{"sku":"ab","weight":1}],
        "first":{"sku":"","weight":1},"named":{"k":{"sku":"","weight":1}}}"#;
    assert_eq!(
        refusals(order(body)),
        [
            "/fullName length",
            "/qty range",
            "/a~1b~0c odd",
            "/tags length",
            "/lines/1/sku length",
            "/first/sku length",
            "/named/sku length",
        ]
    );
    assert_eq!(refusals(order(r#"{"fullName":"note","qty":1}"#)), [" reserved"]);
}

#[test]
fn a_rule_is_told_with_its_bounds_and_nothing_else() {
    let Err(Rejection::Invalid(errors)) = order(r#"{"fullName":"","qty":9999}"#) else { panic!() };
    let told = serde_json::to_string(&errors).unwrap();
    assert_eq!(
        told,
        r#"[{"in":"body","pointer":"/fullName","code":"length","min":1,"max":8},{"in":"body","pointer":"/qty","code":"range","min":1,"max":1000}]"#
    );
}

#[test]
fn at_most_32_errors_are_told() {
    // Five children where four are allowed, in each of 64 places.
    let mut level = serde_json::json!({"id": 1, "children": vec![serde_json::json!({"id": 1}); 5]});
    for _ in 0..3 {
        level = serde_json::json!({"id": 1, "children": vec![level; 4]});
    }
    assert_eq!(refusals(from_json::<Node>(level.to_string().as_bytes())).len(), 32);
}

#[test]
fn flattened_fields_stand_where_the_wire_has_them() {
    let read = from_json::<Webhook>(br#"{"id":1,"code":"abc","more":true}"#);
    assert!(read.is_ok(), "{read:?}");
    let refused = from_json::<Webhook>(br#"{"id":1,"code":"abcd","more":true}"#);
    assert_eq!(refusals(refused), ["/code length"]);
    assert_eq!(refusals(from_json::<Webhook>(br#"{"id":1}"#)), ["/code missing"]);
}

#[test]
fn single_values_are_read_as_they_are() {
    assert_eq!(from_json::<u8>(b"7"), Ok(7));
    assert_eq!(refusals(from_json::<u8>(b"700")), [" value"]);
    assert!(from_json::<Slug>(b"\"a-b\"").is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
        let _ = from_json::<Order>(&bytes);
        let _ = from_json::<Webhook>(&bytes);
    }

    #[test]
    fn no_near_miss_makes_it_panic(
        name in any::<String>(), key in any::<String>(), number in any::<f64>(),
        tags in proptest::collection::vec(any::<String>(), 0..6),
    ) {
        let body = serde_json::json!({
            "fullName": name, "qty": number, key.as_str(): 1, "tags": tags,
            "named": {key.as_str(): {"sku": name, "weight": number}},
        });
        let _ = order(&body.to_string());
    }
}
