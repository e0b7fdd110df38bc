use palisade::prelude::*;

mod my {
    pub struct Principal;
}

#[get("/a")]
#[public]
async fn handler(_: my::Principal) -> &'static str {
    "ok"
}

fn main() {}
