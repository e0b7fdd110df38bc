use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer, api_key)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
