use palisade::prelude::*;
use palisade_tests::stand_in::actix_files::Files;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let _ = Files::new("/static", ".");
    HttpResponse::Ok().finish()
}

fn main() {}
