use palisade::prelude::*;
use palisade_tests::stand_in::aes_gcm::Nonce;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    Nonce::from_slice(name.as_bytes());
    HttpResponse::Ok().finish()
}

fn main() {}
