use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
#[input(crate = self::facade)]
struct NewItem {
    qty: u32,
}

fn main() {}
