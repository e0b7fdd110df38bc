use palisade::prelude::*;

#[get("/a/{rest:[0-9]*}")]
#[public]
#[validated]
async fn handler(_: Path<u64>) -> &'static str {
    "ok"
}

fn main() {}
