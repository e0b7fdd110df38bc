use palisade::prelude::*;

#[get("/a")]
#[public]
#[timeout("10 min")]
#[concurrency_limit(1, by = header("x-report"))]
#[rate_limit("3600/hour", by = ip, burst = 1)]
async fn long() -> &'static str {
    "ok"
}

#[get("/b")]
#[public]
#[timeout("1 s")]
#[concurrency_limit(1, by = header("x-report"))]
#[rate_limit("100/second", by = ip)]
async fn short() -> &'static str {
    "ok"
}

fn main() {}
