use palisade::prelude::*;

#[get("/a")]
#[require_scope("items:read")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
