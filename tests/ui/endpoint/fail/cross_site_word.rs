use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[cross_site(tokens)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
