use palisade::prelude::*;

#[post("/a")]
#[public(reason = "aaaaaaaaaa")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
