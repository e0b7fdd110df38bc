use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[serde(deserialize_with = "double")]
    qty: u32,
}

fn double<'de, D: serde::Deserializer<'de>>(d: D) -> std::result::Result<u32, D::Error> {
    u32::deserialize(d).map(|qty| qty * 2)
}

fn main() {}
