use palisade::prelude::*;

#[get("/a")]
#[post("/a")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
