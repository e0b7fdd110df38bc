use palisade::prelude::*;

#[derive(Deserialize, Input)]
struct Name(String);

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Tags {
    tags: Vec<Text<8>>,
}

fn main() {}
