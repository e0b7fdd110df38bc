use palisade::{input::Patch, prelude::*};

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    note: Patch<Text<20>>,
    stars: Option<u8>,
}

fn main() {}
