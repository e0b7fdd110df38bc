use palisade::prelude::*;

#[derive(Deserialize, Serialize)]
struct Text(String);

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    name: palisade::prelude::Text<64>,
}

fn main() {}
