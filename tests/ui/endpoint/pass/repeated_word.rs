use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip)]
#[rate_limit("99/minute", by = global)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
