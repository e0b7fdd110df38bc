use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip)]
#[rate_limit("20/hour", by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
