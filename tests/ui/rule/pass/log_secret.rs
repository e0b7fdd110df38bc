use palisade::prelude::*;
use palisade_tests::info;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let password = name.as_str();
    info!("tried a password of {} bytes", password.len());
    HttpResponse::Ok().finish()
}

fn main() {}
