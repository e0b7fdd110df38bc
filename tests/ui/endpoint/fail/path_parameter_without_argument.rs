use palisade::prelude::*;

#[get("/a/{id}")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
