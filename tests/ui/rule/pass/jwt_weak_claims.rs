use palisade::prelude::*;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    let mut checks = jsonwebtoken::Validation::default();
    checks.validate_nbf = true;
    HttpResponse::Ok().finish()
}

fn main() {}
