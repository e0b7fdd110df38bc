use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("*", "https://*.co.uk", "https://a.*.example")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
