use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip, name = "per-user")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
