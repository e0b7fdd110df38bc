use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[headers(cache = "private, max-age=60")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
