use palisade::{input::Patch, prelude::*};

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    note: Patch<Text<20>>,
}

fn main() {}
