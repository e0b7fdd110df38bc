use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = header("x-api-key"))]
#[rate_limit("1000000/second", by = global)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
