use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[cross_site(allow)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
