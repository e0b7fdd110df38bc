use palisade::prelude::*;

#[get("/a")]
#[public]
async extern "C" fn handler() -> &'static str {
    "ok"
}

fn main() {}
