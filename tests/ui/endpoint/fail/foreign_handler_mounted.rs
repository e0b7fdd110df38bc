use palisade::prelude::*;

#[actix_web::get("/a")]
async fn handler() -> &'static str {
    "ok"
}

fn mount() -> palisade::Endpoints {
    endpoints![handler]
}

fn main() {}
