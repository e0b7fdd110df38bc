use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[cross_site(token)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
