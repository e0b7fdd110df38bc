use palisade::prelude::*;

#[derive(Deserialize, Input)]
enum Id {
    Number(u64),
    Name(Text<64>),
}

fn main() {}
