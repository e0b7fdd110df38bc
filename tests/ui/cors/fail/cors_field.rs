use palisade::prelude::*;

#[get("/a")]
#[public]
#[cross_origin("https://app.example", headers("cookie"), expose("set-cookie"))]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
