use palisade::prelude::*;
use palisade_tests::stand_in::sqlx;

#[allow_unsafe(sql_format, reason = "the table's name is one of an enum of ours")]
#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    sqlx::query(format!("SELECT id FROM {}", name.as_str()));
    HttpResponse::Ok().finish()
}

fn main() {}
