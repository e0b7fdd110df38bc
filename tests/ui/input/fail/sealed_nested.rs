use palisade::{input::*, prelude::*};

#[derive(Deserialize, Input)]
enum Kind {
    Plain,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct New {}

impl Nested for Kind {
    const NESTED_SEAL: _ = <New as Nested>::NESTED_SEAL;
}

fn main() {}
