use palisade::prelude::*;

#[get("/a")]
#[public]
#[palisade::timeout("5 s")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
