use palisade::prelude::*;

#[get("/a?id=1")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
