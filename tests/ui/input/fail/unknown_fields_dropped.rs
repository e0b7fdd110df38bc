use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
struct NewItem {
    qty: u32,
}

fn main() {}
