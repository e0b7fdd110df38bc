use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[concurrency_limit("8", by = subject)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
