use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://app.example", max_age = "24 h")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
