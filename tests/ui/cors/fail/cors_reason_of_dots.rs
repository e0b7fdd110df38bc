use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://app.example", credentials = allow, reason = "..........")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
