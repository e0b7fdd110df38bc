use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("2/hour", by = ip, ban = "10 refusals in 1 hour, 30 minutes")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
