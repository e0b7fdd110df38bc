use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[body_limit("0 B")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
