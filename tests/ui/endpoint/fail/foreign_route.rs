use actix_web as web;
use palisade::prelude::*;

#[authenticated]
#[web::post("/a")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
