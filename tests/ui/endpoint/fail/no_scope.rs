use palisade::prelude::*;

#[get("/a")]
#[require_scope]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
