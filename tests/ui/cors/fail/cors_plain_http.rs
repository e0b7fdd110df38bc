use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("http://app.example")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
