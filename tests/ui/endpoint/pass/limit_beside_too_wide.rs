use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = header("x-api-key"))]
#[rate_limit("10000/minute", by = global)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
