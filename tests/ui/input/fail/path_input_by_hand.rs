use palisade::prelude::*;
use palisade::input::PathInput;

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Named { id: u8 },
}

impl PathInput for Kind {}

fn main() {}
