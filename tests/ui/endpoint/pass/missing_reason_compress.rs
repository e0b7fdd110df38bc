use palisade::prelude::*;

#[get("/items")]
#[require_scope("items:read")]
#[compress(reason = "an item holds no secret, and no text of a request is beside it")]
async fn list() -> &'static str {
    "[]"
}

#[get("/prices")]
#[public]
#[compress]
async fn prices() -> &'static str {
    "[]"
}

fn main() {}
