use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler<T>() -> &'static str {
    "ok"
}

fn main() {}
