use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields, try_from = "u32")]
struct Even {
    number: u32,
}

impl From<u32> for Even {
    fn from(number: u32) -> Self {
        Even { number }
    }
}

fn main() {}
