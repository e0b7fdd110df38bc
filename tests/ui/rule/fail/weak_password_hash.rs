use palisade::prelude::*;
use palisade_tests::stand_in::md5;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let password = name.as_str();
    md5::compute(password);
    HttpResponse::Ok().finish()
}

fn main() {}
