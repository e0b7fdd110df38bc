use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    a: [[f64; 32]; 32],
    b: [[f64; 32]; 32],
    c: [[f64; 32]; 32],
}

fn main() {}
