use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Listing {
    #[input(empty = absent)]
    owner: u64,
}

fn main() {}
