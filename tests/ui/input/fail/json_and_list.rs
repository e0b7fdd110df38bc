use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[validate(length(max = 5))]
    #[input(list = repeat, json)]
    tags: Vec<Text<8>>,
}

fn main() {}
