use palisade::prelude::*;
use palisade_tests::stand_in::actix_cors::Cors;

#[post("/a")]
#[authenticated]
#[allow_unsafe(cors_permissive, reason = "nothing is done with it")]
async fn handler() -> &'static str {
    let _ = Cors::permissive();
    "ok"
}

fn main() {}
