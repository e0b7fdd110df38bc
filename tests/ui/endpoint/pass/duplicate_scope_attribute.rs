use palisade::prelude::*;

#[get("/a")]
#[require_scope("items:read")]
#[require_scope(any("a", all("b", "c")))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
