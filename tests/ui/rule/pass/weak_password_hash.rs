use palisade::prelude::*;
use palisade_tests::stand_in::md5;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let checksum_of = name.as_str();
    md5::compute(checksum_of);
    HttpResponse::Ok().finish()
}

fn main() {}
