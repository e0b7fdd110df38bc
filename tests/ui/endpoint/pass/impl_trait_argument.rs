use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> impl Responder {
    "ok"
}

fn main() {}
