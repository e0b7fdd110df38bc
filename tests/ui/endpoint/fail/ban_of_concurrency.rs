use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[concurrency_limit(8, by = subject, ban = "10 refusals in 10 minutes, 1 hour")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
