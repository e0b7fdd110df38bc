use palisade::prelude::*;
use palisade_tests::stand_in::openssl;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let _ = openssl::symm::Cipher::des_ede3_cbc();
    HttpResponse::Ok().finish()
}

fn main() {}
