use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(|request| None))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
