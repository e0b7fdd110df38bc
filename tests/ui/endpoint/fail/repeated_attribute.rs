use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[timeout("5 s")]
#[timeout("6 s")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
