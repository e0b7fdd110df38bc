use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
