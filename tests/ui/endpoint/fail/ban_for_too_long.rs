use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = ip, ban = "10 refusals in 10 minutes, 51 days")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
