use palisade::prelude::*;

#[authenticated]
#[actix_web::get("/a", name = "a")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
