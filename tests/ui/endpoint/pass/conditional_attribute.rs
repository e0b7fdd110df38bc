use palisade::prelude::*;
use palisade_tests::stand_in::actix_cors::Cors;

#[get("/a")]
#[public]
async fn handler() -> &'static str {
    #[allow_unsafe(cors_permissive, reason = "nothing is done with it")]
    let _ = Cors::permissive();
    "ok"
}

fn main() {}
