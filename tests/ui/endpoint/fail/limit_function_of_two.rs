use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(a, b))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
