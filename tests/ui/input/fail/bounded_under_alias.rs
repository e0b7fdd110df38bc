use palisade::input::Bounded as Limited;
use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct New {
    id: u8,
}

impl Limited for New {}

fn main() {}
