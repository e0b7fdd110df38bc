use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[headers(cache = "public, max-age=60")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
