use palisade::prelude::*;

#[get("/a/{rest}*")]
#[public]
#[validated]
async fn handler(_: Path<u64>) -> &'static str {
    "ok"
}

fn main() {}
