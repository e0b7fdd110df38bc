use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
