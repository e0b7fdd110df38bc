use palisade::prelude::*;

#[derive(Deserialize, Input)]
enum Id {
    Number(u64),
    Name(String),
}

fn main() {}
