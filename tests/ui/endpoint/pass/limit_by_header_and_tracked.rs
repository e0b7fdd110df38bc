use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = header("x-api-key"))]
#[rate_limit("20/minute", by = ip)]
#[rate_limit("10/minute", by = ip, mode = track, name = "watched")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
