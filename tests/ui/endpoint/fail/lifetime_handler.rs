use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler<'a>() -> &'a str {
    "ok"
}

fn main() {}
