use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer, revocation_outage = allow, reason = "the catalogue harms nobody")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
