use palisade::{input::Patch, prelude::*};

#[derive(Deserialize, Input)]
struct Stars(Patch<u8>);

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    stars: Option<Stars>,
}

fn main() {}
