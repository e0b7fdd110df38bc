use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[input(checkbox)]
    on: bool,
}

fn main() {}
