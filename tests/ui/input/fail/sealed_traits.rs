use palisade::{input::*, prelude::*};

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct New {
    id: u8,
}

impl Bounded for New {
    const BOUNDED_SEAL: _ = <u8 as Bounded>::BOUNDED_SEAL;
}
impl MapKey for New {
    const KEY_SEAL: _ = <u8 as MapKey>::KEY_SEAL;
}
impl NestedByLength for New {
    const NESTED_LENGTH_SEAL: _ = <Vec<New> as NestedByLength>::NESTED_LENGTH_SEAL;
}

fn main() {}
