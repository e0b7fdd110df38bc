use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[timeout("5")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
