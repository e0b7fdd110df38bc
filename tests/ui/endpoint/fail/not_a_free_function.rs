use palisade::prelude::*;

struct Items;

#[get("/a")]
#[public]
impl Items {}

fn main() {}
