use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler(_: Principal) -> &'static str {
    "ok"
}

fn main() {}
