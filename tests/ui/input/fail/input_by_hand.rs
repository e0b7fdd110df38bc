use palisade::prelude::*;

#[derive(Deserialize)]
struct Name(String);

impl Input for Name {
    fn check(&self, _: &mut palisade::input::Report) {}
}

fn main() {}
