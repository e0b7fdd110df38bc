use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler(_: impl Copy) -> &'static str {
    "ok"
}

fn main() {}
