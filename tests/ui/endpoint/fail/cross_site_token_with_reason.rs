use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[cross_site(token, reason = "old browsers post here")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
