use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://app.example", "https://app.example:8443")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
