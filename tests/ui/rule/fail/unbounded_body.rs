use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let _ = actix_web::web::PayloadConfig::new(usize::MAX);
    HttpResponse::Ok().finish()
}

fn main() {}
