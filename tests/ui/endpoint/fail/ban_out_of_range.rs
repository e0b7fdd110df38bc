use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip, ban = "0 refusals in 10 minutes, 1 hour")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
