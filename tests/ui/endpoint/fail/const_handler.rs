use palisade::prelude::*;

#[get("/a")]
#[authenticated]
const fn handler() -> &'static str {
    "ok"
}

fn main() {}
