//! No JSON body makes the reader panic, and every refusal can be shown as it is.

#![no_main]

#[path = "../../runtime/src/input/tests/unique.rs"]
mod unique;

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use palisade::{
    input::{Rejection, from_json},
    prelude::*,
};
use serde::de::DeserializeOwned;
use unique::Unique;

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
    #[input(allow(unbounded), reason = "what the fuzzer sends is dropped")]
    #[serde(default)]
    rest: serde_json::Value,
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Plain,
    Sized { width: u8 },
}

/// A type that holds itself, with arrays at each level.
#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(deny_unknown_fields)]
enum Heavy {
    End,
    Level {
        numbers: [[u64; 16]; 8],
        pair: Option<(u16, Box<Heavy>)>,
        next: Box<Heavy>,
        shape: Option<Box<Shape>>,
    },
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(tag = "kind", content = "of", deny_unknown_fields)]
enum Shape {
    Wide([[u32; 32]; 8]),
    Deep(Box<Heavy>),
}

#[derive(Debug, Deserialize, Serialize, Input)]
#[serde(untagged)]
#[input(allow(untagged), reason = "what the fuzzer sends is dropped")]
enum Either {
    Heavy(Box<Heavy>),
    Wide([[f64; 16]; 16]),
}

/// The stack of a worker.
const STACK: usize = 2 << 20;

/// Reads a body: what is taken repeats no member, and every refusal can be shown.
fn judge<T: Input + DeserializeOwned>(body: &[u8]) {
    let read = from_json::<T>(body);
    if read.is_ok() {
        assert!(serde_json::from_slice::<Unique>(body).is_ok(), "a repeated member was taken");
    }
    if let Err(Rejection::Invalid(errors)) = read {
        assert!((1..=32).contains(&errors.len()));
        for error in errors {
            assert!(error.pointer.is_empty() || error.pointer.starts_with('/'));
            assert!(!error.pointer.chars().any(char::is_control));
        }
    }
}

fuzz_target!(|body: &[u8]| {
    judge::<Node>(body);
    // No body is too deep for a worker, whose stack is smaller than the fuzzer's.
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK);
        let running = worker.spawn_scoped(scope, || {
            judge::<Heavy>(body);
            judge::<Either>(body);
        });
        running.expect("a thread").join().expect("no panic");
    });
});
