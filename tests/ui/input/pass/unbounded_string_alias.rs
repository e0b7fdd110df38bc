use palisade::prelude::*;

type Name = String;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(max = 64))]
    name: Name,
}

fn main() {}
