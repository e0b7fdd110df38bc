use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[timeout("1 h")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
