use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[concurrency_limit(8, by = subject, burst = 2)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
