use palisade::prelude::*;

#[post("/a")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
