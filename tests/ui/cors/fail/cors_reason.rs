use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://app.example", credentials = allow)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
