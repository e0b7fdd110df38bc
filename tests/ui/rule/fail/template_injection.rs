use palisade::prelude::*;
use palisade_tests::stand_in::tera::Tera;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    Tera::one_off(name.as_str());
    HttpResponse::Ok().finish()
}

fn main() {}
