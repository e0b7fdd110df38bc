use palisade::{input::Patch, prelude::*};

#[derive(Default, Deserialize, Input)]
struct Stars(Patch<u8>);

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    stars: Stars,
}

fn main() {}
