use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[body_limit("64 KiB")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
