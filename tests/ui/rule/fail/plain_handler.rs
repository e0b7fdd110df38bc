use palisade::prelude::*;
use palisade_tests::stand_in::sqlx;

#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let text = name.into_inner();
    sqlx::raw_sql(["SELECT id FROM items WHERE name = '", &text, "'"].concat());
    HttpResponse::Ok().finish()
}

fn main() {}
