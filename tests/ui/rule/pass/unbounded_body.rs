use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let _ = actix_web::web::PayloadConfig::new(65_536);
    HttpResponse::Ok().finish()
}

fn main() {}
