use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("1000001/second", by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
