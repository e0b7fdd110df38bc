use palisade::prelude::*;

type Caller = Principal;

#[get("/a")]
#[authenticated]
async fn handler(_: Caller) -> &'static str {
    "ok"
}

fn main() {}
