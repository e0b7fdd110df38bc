use palisade::prelude::*;
use palisade_tests::stand_in::tera::Tera;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    Tera::one_off("<p>{{ name }}</p>");
    HttpResponse::Ok().finish()
}

fn main() {}
