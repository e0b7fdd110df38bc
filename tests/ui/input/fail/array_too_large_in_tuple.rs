use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    pair: (u8, Option<[([f64; 32], [f64; 32]); 32]>),
}

fn main() {}
