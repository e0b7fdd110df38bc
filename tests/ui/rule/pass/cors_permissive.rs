use palisade::prelude::*;
use palisade_tests::stand_in::actix_cors;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let _ = actix_cors::Cors::default();
    HttpResponse::Ok().finish()
}

fn main() {}
