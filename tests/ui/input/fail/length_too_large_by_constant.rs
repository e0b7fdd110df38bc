use palisade::prelude::*;

const LONGEST: u64 = 16_000_000;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(max = LONGEST))]
    name: String,
}

fn main() {}
