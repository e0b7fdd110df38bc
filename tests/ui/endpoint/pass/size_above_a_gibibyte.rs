use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[body_limit("1 GiB")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
