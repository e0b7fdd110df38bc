//! A reason for a field without a bound vouches for the length alone.

use std::collections::BTreeMap;

use palisade_macros::Input;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::refusals;
use crate::input::{Form, Input as _, Text, bounded::FieldType as _, from_json, shapes::Shapes};

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Tree {
    name: Text<4>,
    #[serde(default)]
    #[input(allow(unbounded), reason = "as many children as the body has room for")]
    children: Vec<Tree>,
    #[serde(default)]
    #[input(allow(unbounded), reason = "kept as it came")]
    notes: BTreeMap<String, String>,
    #[input(allow(unbounded), reason = "kept as it came")]
    value: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Loose {
    id: u8,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Holder {
    #[input(allow(unbounded), reason = "as many as the body has room for")]
    list: Vec<Loose>,
}

#[test]
fn the_form_of_a_known_type_is_kept() {
    let good = r#"{"name":"a","children":[{"name":"b"}],"notes":{"a":"b"},"value":{"x":[1]}}"#;
    assert!(from_json::<Tree>(good.as_bytes()).is_ok());
    for (body, expected) in [
        (r#"{"name":"a","children":[["b"]]}"#, "/children/0 type"),
        (r#"{"name":"a","children":{"name":"b"}}"#, "/children type"),
        (r#"{"name":"a","children":[{"name":"b","x":1}]}"#, "/children/0/x unknown_field"),
        (r#"{"name":"a","value":{"x":1,"x":1}}"#, "/value/x duplicate"),
    ] {
        assert_eq!(refusals(from_json::<Tree>(body.as_bytes())), [expected]);
    }
}

#[test]
fn levels_of_a_known_type_are_counted() {
    let children = Tree::FIELDS.iter().find(|field| field.name == "children").unwrap();
    let element = Shapes::of(&[children.read_as()]).element(0);
    assert_eq!(Shapes::of(&element).stack, Tree::wire().stack);
}

#[test]
fn what_a_known_type_weakens_is_told() {
    assert!(Form::of::<Holder>().drops_unknown_fields());
    let reasons = Form::of::<Holder>().reasons();
    let words: Vec<_> = reasons.iter().map(|reason| reason.word).collect();
    assert_eq!(words, ["input(unbounded) Holder.list", "input(unknown_fields) Loose"]);
    assert!(!Form::of::<Tree>().drops_unknown_fields());
}
