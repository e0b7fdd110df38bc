use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://*.shop.co.uk")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
