use palisade::prelude::*;

#[derive(Deserialize, Input)]
#[serde(untagged)]
#[input(allow(untagged), reason = "old clients send numbers as ids")]
enum Id {
    Number(u64),
    Name(Slug),
}

fn main() {}
