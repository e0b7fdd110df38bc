use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin(any, "https://app.example", credentials = allow, reason = "everybody may read it")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
