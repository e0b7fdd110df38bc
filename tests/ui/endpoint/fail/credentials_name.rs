use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer, ApiKey)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
