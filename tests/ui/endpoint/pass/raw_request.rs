use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler(_: Vouched<actix_web::HttpRequest>) -> &'static str {
    "ok"
}

fn main() {}
