use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    name: Option<Box<Text<0>>>,
}

fn main() {}
