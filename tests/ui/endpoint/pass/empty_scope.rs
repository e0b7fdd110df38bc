use palisade::prelude::*;

#[get("/a")]
#[require_scope("items:read")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
