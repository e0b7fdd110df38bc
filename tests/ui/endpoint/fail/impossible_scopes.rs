use palisade::prelude::*;

#[get("/a")]
#[require_scope(all("items:read", not("items:read")))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
