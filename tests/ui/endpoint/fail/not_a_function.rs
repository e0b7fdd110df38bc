use palisade::prelude::*;

#[authenticated]
struct Handler;

fn main() {}
