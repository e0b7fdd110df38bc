use palisade::prelude::*;
use palisade::input::*;

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Named { id: u8 },
}

impl Nested for Kind {}

fn main() {}
