use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer, revocation_outage = allow)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
