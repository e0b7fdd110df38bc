use palisade::prelude::*;

#[get("/a")]
#[public]
async unsafe fn handler() -> &'static str {
    "ok"
}

fn main() {}
