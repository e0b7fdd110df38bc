use palisade::prelude::*;
extern crate palisade as guards;

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Named { id: u8 },
}

impl guards::input::BoundedByLength for Kind {}

fn main() {}
