//! No JSON body makes the reader panic, and every refusal can be shown as it is.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use palisade::{
    input::{Rejection, from_json},
    prelude::*,
};

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Node {
    #[validate(length(min = 1, max = 8))]
    name: String,
    #[validate(range(min = -4, max = 4))]
    number: Option<i64>,
    weight: f64,
    kind: Option<Kind>,
    #[validate(nested, length(max = 4))]
    #[serde(default)]
    children: Vec<Node>,
    #[validate(length(max = 4))]
    #[serde(default)]
    labels: BTreeMap<Text<8>, Slug>,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Plain,
    Sized { width: u8 },
}

fuzz_target!(|body: &[u8]| {
    if let Err(Rejection::Invalid(errors)) = from_json::<Node>(body) {
        assert!((1..=32).contains(&errors.len()));
        for error in errors {
            assert!(error.pointer.is_empty() || error.pointer.starts_with('/'));
            assert!(!error.pointer.chars().any(char::is_control));
        }
    }
});
