use palisade::prelude::*;

type Caller = Principal;

#[get("/a")]
#[public]
async fn handler(_: Caller) -> &'static str {
    "ok"
}

fn main() {}
