use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[cross_site(allow, reason = "the payment provider posts here")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
