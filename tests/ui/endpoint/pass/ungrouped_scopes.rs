use palisade::prelude::*;

#[get("/a")]
#[require_scope(any("items:read", "items:write"))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
