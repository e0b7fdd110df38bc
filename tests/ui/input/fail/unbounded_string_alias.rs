use palisade::prelude::*;

type Name = String;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    name: Name,
}

fn main() {}
