use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[concurrency_limit(8, by = subject, store = shared)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
