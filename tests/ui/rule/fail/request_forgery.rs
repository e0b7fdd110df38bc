use palisade::prelude::*;
use palisade_tests::stand_in::reqwest;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    reqwest::get(format!("https://{}/status", name.as_str()));
    HttpResponse::Ok().finish()
}

fn main() {}
