use palisade::prelude::*;

#[derive(Deserialize, Serialize)]
struct Text(String);

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    name: Text,
}

fn main() {}
