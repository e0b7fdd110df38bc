use palisade::prelude::*;

#[get("/a")]
#[authenticated]
async fn handler(_: Principal) -> &'static str {
    "ok"
}

fn main() {}
