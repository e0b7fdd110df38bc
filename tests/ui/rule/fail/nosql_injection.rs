use palisade::prelude::*;
use palisade_tests::stand_in::redis;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    redis::cmd(name.as_str());
    HttpResponse::Ok().finish()
}

fn main() {}
