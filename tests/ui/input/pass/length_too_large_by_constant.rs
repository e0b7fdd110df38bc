use palisade::prelude::*;

const LONGEST: u64 = 64;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(max = LONGEST))]
    name: String,
}

fn main() {}
