use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[timeout("2 h")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
