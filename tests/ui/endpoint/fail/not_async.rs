use palisade::prelude::*;

#[get("/a")]
#[public]
fn handler() -> &'static str {
    "ok"
}

fn main() {}
