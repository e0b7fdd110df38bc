use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[input(list = comma)]
    tags: Text<8>,
}

fn main() {}
