use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://app.example", credentials = allow, reason = "its own pages sign in")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
