use palisade::prelude::*;

#[authenticated]
#[actix_web::routes]
#[get("/a")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
