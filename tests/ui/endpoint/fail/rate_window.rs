use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/500 ms", by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
