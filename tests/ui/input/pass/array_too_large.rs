use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    plane: [[f64; 32]; 32],
    optional: Option<[u8; 32]>,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewGrid {
    #[validate(length(max = 32))]
    grid: Vec<[[f64; 32]; 32]>,
}

fn main() {}
