use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
