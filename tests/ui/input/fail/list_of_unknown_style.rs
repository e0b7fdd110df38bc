use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[validate(length(max = 5))]
    #[input(list = semicolon)]
    tags: Vec<Text<8>>,
    #[input(checkbox = true)]
    on: bool,
}

fn main() {}
