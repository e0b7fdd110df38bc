use palisade::prelude::*;

#[get("/logo")]
#[public]
#[headers(resource_policy = cross_origin, reason = "a logo that partners embed")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
