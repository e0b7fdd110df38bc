use palisade::prelude::*;

#[derive(Deserialize, Input)]
struct Nothing;

fn main() {}
