use palisade::prelude::*;
use palisade_tests::stand_in::sqlx;

#[post("/find")]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    sqlx::raw_sql("SELECT ".to_owned() + name.as_str());
    HttpResponse::Ok().finish()
}

fn main() {}
