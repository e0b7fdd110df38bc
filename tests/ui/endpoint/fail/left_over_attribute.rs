use palisade::authenticated as signed_in;
use palisade::prelude::*;

#[get("/a")]
#[public]
#[signed_in]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
