use palisade::prelude::*;

#[post("/a")]
#[public(reason = "whoever reports a fault has no account")]
#[rate_limit("10/minute", by = (ip, client))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
