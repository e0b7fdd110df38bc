use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Item {
    id: u32,
    slug: Slug,
}

fn takes<T: palisade::input::PathInput>() {}

fn main() {
    takes::<Item>();
}
