use palisade::prelude::*;

#[derive(Deserialize, Input)]
struct Name(Text<64>, Text<64>);

fn main() {}
