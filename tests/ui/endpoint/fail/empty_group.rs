use palisade::prelude::*;

#[get("/a")]
#[require_scope(any())]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
