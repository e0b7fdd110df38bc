use palisade::prelude::*;

#[authenticated]
#[actix_web::get("/a", wrap = "Compress")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
