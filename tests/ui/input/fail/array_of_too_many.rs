use palisade::prelude::*;

#[derive(Deserialize, Input)]
enum Only {
    One,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    grid: [[[[[Only; 32]; 32]; 32]; 32]; 2],
}

fn main() {}
