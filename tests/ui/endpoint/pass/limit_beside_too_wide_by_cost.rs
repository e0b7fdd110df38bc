use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = header("x-api-key"), cost = 10)]
#[rate_limit("100/minute", by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
