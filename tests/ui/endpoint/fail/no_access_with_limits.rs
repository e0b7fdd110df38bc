use palisade::prelude::*;

#[rate_limit("10/minute", by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
