use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = header("x-api-key"), count = failures)]
#[rate_limit("10/minute", by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
