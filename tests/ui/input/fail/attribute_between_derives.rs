use palisade::prelude::*;

#[derive(Input)]
#[palisade::__private::absorbed]
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct NewItem {
    qty: u32,
}

fn main() {}
