use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip, reason = "a search that costs little")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
