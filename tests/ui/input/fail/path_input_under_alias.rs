use palisade::prelude::*;
use palisade::input as admitted;

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Named { id: u8 },
}

impl admitted::PathInput for Kind {}

fn main() {}
