use palisade::prelude::*;

#[post("/a")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
