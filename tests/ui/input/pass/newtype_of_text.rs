use palisade::prelude::*;

#[derive(Deserialize, Input)]
struct Name(Text<64>);

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Tags {
    #[validate(length(max = 3))]
    tags: Vec<Text<8>>,
}

fn main() {}
