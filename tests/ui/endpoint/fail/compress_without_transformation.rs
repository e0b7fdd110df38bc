use palisade::prelude::*;

#[get("/prices")]
#[public]
#[headers(cache = "public, max-age=60, no-transform")]
#[compress]
async fn prices() -> &'static str {
    "[]"
}

fn main() {}
