use palisade::prelude::*;

#[post("/a")]
#[public(reason = "..........")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
