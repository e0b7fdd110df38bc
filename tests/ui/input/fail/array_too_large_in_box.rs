use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    grid: Box<[[[f64; 32]; 32]; 32]>,
}

fn main() {}
