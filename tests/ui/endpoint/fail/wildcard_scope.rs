use palisade::prelude::*;

#[get("/a")]
#[require_scope("items:*")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
