use palisade::prelude::*;

#[get("/a")]
#[public]
#[timeout("1 h")]
#[concurrency_limit(1, by = header("x-report"))]
#[rate_limit("3600/hour", by = ip, burst = 1)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
