use palisade::prelude::*;

#[get("/a")]
#[require_scope(all("a", not("b", "c")))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
