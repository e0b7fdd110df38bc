use palisade::prelude::*;

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    qty: u32,
}

fn main() {}
