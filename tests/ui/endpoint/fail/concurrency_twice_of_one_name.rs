use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[concurrency_limit(8, by = ip)]
#[concurrency_limit(9, by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
