use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[headers(cache = "no-stor")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
