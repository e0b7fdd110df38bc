use palisade::prelude::*;

#[derive(Deserialize)]
struct Name(String);

impl palisade::input::Bounded for Name {}

fn main() {}
