use palisade::prelude::*;

#[get("/{id}/{other}")]
#[public]
#[validated]
async fn handler(_: Path<(u64, u64)>) -> &'static str {
    "ok"
}

fn main() {}
