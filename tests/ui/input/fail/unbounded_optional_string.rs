use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    name: Option<String>,
}

fn main() {}
