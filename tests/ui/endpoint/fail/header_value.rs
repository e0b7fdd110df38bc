use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[headers(cache = "private, max-age=soon")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
