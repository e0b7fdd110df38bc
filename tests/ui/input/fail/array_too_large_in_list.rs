use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(max = 3))]
    grids: Vec<[[[f64; 32]; 32]; 32]>,
}

fn main() {}
