use palisade::prelude::*;
use palisade_tests::stand_in::openssl;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let _ = openssl::symm::Cipher::aes_256_gcm();
    HttpResponse::Ok().finish()
}

fn main() {}
