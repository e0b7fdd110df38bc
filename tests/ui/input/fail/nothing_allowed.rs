use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[input(allow(flatten), reason = "the page stands in every search")]
    qty: u32,
}

fn main() {}
