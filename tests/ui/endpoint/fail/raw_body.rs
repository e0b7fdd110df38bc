use palisade::prelude::*;

#[post("/a")]
#[authenticated]
async fn handler(_: actix_web::web::Bytes) -> &'static str {
    "ok"
}

fn main() {}
