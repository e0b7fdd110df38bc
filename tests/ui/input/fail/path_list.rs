use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Item {
    #[validate(length(max = 8))]
    ids: Vec<u32>,
}

fn takes<T: palisade::input::PathInput>() {}

fn main() {
    takes::<Item>();
}
