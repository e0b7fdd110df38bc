use palisade::prelude::*;

#[get("/a")]
#[require_scope(not("suspended"))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
