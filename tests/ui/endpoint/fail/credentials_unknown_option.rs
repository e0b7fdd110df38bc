use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer, revocation = allow)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
