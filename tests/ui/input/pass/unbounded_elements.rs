use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(max = 8))]
    tags: Vec<Text<32>>,
}

fn main() {}
