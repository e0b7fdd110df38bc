use palisade::prelude::*;

#[get("/{id}/{id}")]
#[public]
#[validated]
async fn handler(_: Path<(u64, u64)>) -> &'static str {
    "ok"
}

fn main() {}
