use palisade::prelude::*;
use palisade_tests::stand_in::sqlx;

#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let table = if name.as_str() == "old" { "old_items" } else { "items" };
    sqlx::raw_sql(["SELECT id FROM ", table].concat());
    HttpResponse::Ok().finish()
}

fn main() {}
