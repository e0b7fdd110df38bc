use palisade as g;
use palisade::prelude::*;

#[get("/a")]
#[g::require_scope("items:read")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
