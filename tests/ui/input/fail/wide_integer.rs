use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(range(max = 100))]
    qty: u128,
}

fn main() {}
