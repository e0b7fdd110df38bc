use palisade::prelude::*;

#[get("/logo")]
#[public]
#[headers(resource_policy = cross_origin)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
