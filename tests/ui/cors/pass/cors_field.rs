use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://app.example", headers("x-api-key"), expose("etag"))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
