use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler(_: Data<_>) -> &'static str {
    "ok"
}

fn main() {}
