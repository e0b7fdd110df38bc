use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[timeout("0 s")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
