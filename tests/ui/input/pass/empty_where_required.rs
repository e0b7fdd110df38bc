use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Listing {
    #[input(empty = absent)]
    owner: Option<u64>,
    #[serde(default)]
    #[input(empty = absent)]
    page: u32,
}

fn main() {}
