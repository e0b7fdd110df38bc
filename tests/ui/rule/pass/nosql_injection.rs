use palisade::prelude::*;
use palisade_tests::stand_in::redis;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    redis::cmd("GET");
    HttpResponse::Ok().finish()
}

fn main() {}
