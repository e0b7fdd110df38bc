use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Item {
    #[validate(length(max = 8))]
    name: String,
}

fn takes<T: palisade::input::PathInput>() {}

fn main() {
    takes::<Item>();
}
