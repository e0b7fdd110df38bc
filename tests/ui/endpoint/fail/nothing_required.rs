use palisade::prelude::*;

#[get("/a")]
#[require_scope(any("items:read", not("suspended")))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
