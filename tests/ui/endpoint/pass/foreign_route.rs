use palisade::prelude::*;

#[authenticated]
#[actix_web::post("/a")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
