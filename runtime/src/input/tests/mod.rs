//! The input types that the tests read, and what every reader has to keep.

mod by_hand;
mod conditions;
mod containers;
mod encoded;
mod endless;
mod faults;
mod fillable;
mod json;
mod members;
mod newtypes;
mod secrecy;
mod stack;
mod unbounded;
mod unique;

use std::collections::BTreeMap;

use palisade_macros::Input;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::{FieldError, Form, Input as _, Place, Rejection, Report, Slug, Text};

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[validate(schema(function = "name_is_not_note"))]
struct Order {
    #[validate(length(min = 1, max = 8))]
    full_name: String,
    #[validate(range(min = 1, max = 1000))]
    qty: u32,
    #[serde(rename = "a/b~c")]
    #[validate(custom(function = "even"))]
    odd_name: Option<i64>,
    #[validate(length(max = 3))]
    #[serde(default)]
    tags: Vec<Text<4>>,
    #[validate(nested, length(max = 3))]
    #[serde(default)]
    lines: Vec<Line>,
    #[validate(nested)]
    first: Option<Line>,
    #[validate(nested, length(max = 3))]
    #[serde(default)]
    named: BTreeMap<Slug, Line>,
    kind: Option<Kind>,
    #[serde(skip)]
    internal: String,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "sku")]
    #[validate(length(equal = 3))]
    code: String,
    weight: f64,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Input)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Small,
    Large,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search {
    q: Text<16>,
    page: Option<u16>,
    exact: Option<bool>,
    kind: Option<Kind>,
    price: Option<f32>,
    #[validate(range(min = -5))]
    offset: Option<i8>,
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Node {
    id: u8,
    #[validate(nested, length(max = 4))]
    #[serde(default)]
    children: Vec<Node>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields at will")]
struct Webhook {
    id: u64,
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "the sender mixes the two levels")]
    line: LooseLine,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "part of a foreign message")]
struct LooseLine {
    #[validate(length(max = 3))]
    code: String,
}

fn even(number: i64) -> Result<(), ValidationError> {
    if number % 2 == 0 { Ok(()) } else { Err(ValidationError::new("odd")) }
}

fn name_is_not_note(order: &Order) -> Result<(), ValidationError> {
    if order.full_name == "note" { Err(ValidationError::new("reserved")) } else { Ok(()) }
}

/// What was refused, as `pointer code` lines.
fn refusals<T: std::fmt::Debug>(result: Result<T, Rejection>) -> Vec<String> {
    match result {
        Err(Rejection::Invalid(errors)) => errors
            .iter()
            .map(|FieldError { pointer, code, .. }| format!("{pointer} {code}"))
            .collect(),
        other => panic!("expected broken rules, got {other:?}"),
    }
}

#[test]
fn a_type_declares_its_fields_by_their_names_on_the_wire() {
    let names: Vec<_> = Order::FIELDS.iter().map(|field| field.name).collect();
    assert_eq!(names, ["fullName", "qty", "a/b~c", "tags", "lines", "first", "named", "kind"]);
    let optional: Vec<_> = Order::FIELDS.iter().filter(|f| f.optional).map(|f| f.name).collect();
    assert_eq!(optional, ["a/b~c", "tags", "lines", "first", "named", "kind"]);
    assert!(Order::FIELDS[0].text && !Order::FIELDS[0].pattern && !Order::FIELDS[3].text);
}

#[test]
fn a_type_that_holds_itself_is_walked_once() {
    assert!(Form::of::<Node>().reasons().is_empty());
    assert!(!Form::of::<Node>().drops_unknown_fields());
}

#[test]
fn what_is_weakened_is_told_with_its_reasons() {
    let reasons = Form::of::<Webhook>().reasons();
    let told: Vec<_> = reasons.iter().map(|r| format!("{}: {}", r.word, r.reason)).collect();
    assert_eq!(
        told,
        [
            "input(unknown_fields) Webhook: the sender adds fields at will",
            "input(flatten) Webhook.line: the sender mixes the two levels",
            "input(unknown_fields) LooseLine: part of a foreign message",
        ]
    );
    assert!(Form::of::<Webhook>().drops_unknown_fields());
    assert!(!Form::of::<Order>().drops_unknown_fields());
}

#[test]
fn a_report_has_an_end() {
    let mut report = Report::new(Place::Query);
    for _ in 0..100 {
        report.refuse();
    }
    assert_eq!(refusals(report.admit(())).len(), 32);
    assert!(Report::new(Place::Query).admit(()).is_ok());
}

#[test]
fn only_types_without_free_text_fit_a_path() {
    const { assert!(u32::PATH_SAFE && Slug::PATH_SAFE && Kind::PATH_SAFE) };
    const { assert!(!Text::<8>::PATH_SAFE && !Search::PATH_SAFE && !Line::PATH_SAFE) };
}
