use palisade::prelude::*;
use palisade::input::MapKey as Key;

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Named { id: u8 },
}

impl Key for Kind {}

fn main() {}
