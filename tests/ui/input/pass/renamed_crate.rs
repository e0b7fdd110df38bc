use palisade::prelude::*;

mod my {
    pub use ::palisade;
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
#[input(crate = my::palisade)]
struct NewItem {
    qty: u32,
}

fn main() {}
