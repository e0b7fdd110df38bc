use palisade::prelude::*;
mod handed {
    pub use palisade::*;
}

#[derive(Deserialize, Input)]
#[serde(deny_unknown_fields)]
enum Kind {
    Named { id: u8 },
}

impl handed::input::NamedFields for Kind {}

fn main() {}
