use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[validated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
