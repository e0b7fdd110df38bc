use palisade::{input::*, prelude::*};

#[derive(Deserialize, Input)]
enum Kind {
    Plain,
}

impl BoundedByLength for Kind {
    const LENGTH_SEAL: _ = <Vec<u8> as BoundedByLength>::LENGTH_SEAL;
}
impl NamedFields for Kind {
    const NAMED_SEAL: _ = <New as NamedFields>::NAMED_SEAL;
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct New {}

fn main() {}
