use palisade::prelude::*;

#[get("/a//b")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
