use palisade::prelude::*;

#[get("/a/{id}")]
#[public]
#[validated]
#[rate_limit("10/minute", by = path("id"))]
#[rate_limit("60/minute", by = ip)]
async fn handler(_: Path<u64>) -> &'static str {
    "ok"
}

fn main() {}
