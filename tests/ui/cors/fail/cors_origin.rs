use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://App.example", "https://app.example:443", "https://app.example/", "null")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
