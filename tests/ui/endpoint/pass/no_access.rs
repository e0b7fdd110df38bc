use palisade::prelude::*;

#[post("/a")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
