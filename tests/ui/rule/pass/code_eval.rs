use palisade::prelude::*;
use palisade_tests::stand_in::rhai::Engine;

#[post("/find")]
#[authenticated]
#[validated]
async fn handler(_: Json<Text<200>>) -> HttpResponse {
    Engine::default().eval("40 + 2");
    HttpResponse::Ok().finish()
}

fn main() {}
