use palisade::prelude::*;

#[derive(Deserialize, Input)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Name(Slug),
}

fn main() {}
