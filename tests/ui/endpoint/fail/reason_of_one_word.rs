use palisade::prelude::*;

#[post("/a")]
#[public(reason = "legitimate")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
