use palisade::prelude::*;

#[get("/b/{name}")]
#[public]
#[rate_limit("1/hour", by = path("name"))]
#[validated]
async fn handler(_: Path<Slug>) -> &'static str {
    "ok"
}

fn main() {}
