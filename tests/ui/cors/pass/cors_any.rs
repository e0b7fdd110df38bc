use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin(any, reason = "everybody may read it")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
