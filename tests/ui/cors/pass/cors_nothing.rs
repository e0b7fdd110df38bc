use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin(none)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
