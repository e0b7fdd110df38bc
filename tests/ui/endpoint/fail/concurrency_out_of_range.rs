use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[concurrency_limit(0, by = subject)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
