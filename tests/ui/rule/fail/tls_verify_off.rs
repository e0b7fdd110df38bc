use palisade::prelude::*;
use palisade_tests::stand_in::rustls_client::ClientBuilder;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    ClientBuilder::default().danger_accept_invalid_certs(true);
    HttpResponse::Ok().finish()
}

fn main() {}
