use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer, reason = "the catalogue harms nobody")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
