use palisade::prelude::*;
use palisade_tests::stand_in::sqlx;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(name: Json<Text<200>>) -> HttpResponse {
    let query = sqlx::query("SELECT id FROM items WHERE name = ?");
    query.bind(name.as_str());
    HttpResponse::Ok().finish()
}

fn main() {}
