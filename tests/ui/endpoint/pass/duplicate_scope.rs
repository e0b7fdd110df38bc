use palisade::prelude::*;

#[get("/a")]
#[require_scope(all("items:read", "items:write"))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
