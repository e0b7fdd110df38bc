use palisade::prelude::*;
use palisade::{self as guards};

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Named { id: u8 },
}

impl guards::input::NestedByLength for Kind {}

fn main() {}
