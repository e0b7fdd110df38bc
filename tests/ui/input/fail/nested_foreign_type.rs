use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate)]
struct Line {
    qty: u32,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(nested)]
    line: Line,
}

fn main() {}
