use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("20/second", by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
