use palisade::prelude::*;

#[get("/a/{item_id}")]
#[public]
#[validated]
async fn handler(_: Path<u64>) -> &'static str {
    "ok"
}

fn main() {}
