use palisade::prelude::*;
use palisade_tests::stand_in::aes_gcm::Nonce;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    Nonce::from_slice(b"unique nonce");
    HttpResponse::Ok().finish()
}

fn main() {}
