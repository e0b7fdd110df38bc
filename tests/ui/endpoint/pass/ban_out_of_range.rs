use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip, ban = "10000 refusals in 30 days, 50 days")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
