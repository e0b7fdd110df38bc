use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = global)]
#[rate_limit("10/minute", by = subject)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
