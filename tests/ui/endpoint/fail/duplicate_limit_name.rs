use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip)]
#[rate_limit("20/minute", by = ip, burst = 2)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
