use palisade::prelude::*;

#[get("/a")]
#[public]
#[headers(cache = "public, max-age=60")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
