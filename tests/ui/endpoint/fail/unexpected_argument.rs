use palisade::prelude::*;

#[get("/a")]
#[authenticated("items")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
