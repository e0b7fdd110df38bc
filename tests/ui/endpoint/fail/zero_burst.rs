use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip, burst = 0)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
