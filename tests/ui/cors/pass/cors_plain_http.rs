use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("http://localhost:3000")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
