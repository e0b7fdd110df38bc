use palisade::prelude::*;

#[post("/a")]
#[public(reason = "ok")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
