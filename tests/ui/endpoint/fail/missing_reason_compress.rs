use palisade::prelude::*;

#[get("/items")]
#[require_scope("items:read")]
#[compress]
async fn list() -> &'static str {
    "[]"
}

fn main() {}
