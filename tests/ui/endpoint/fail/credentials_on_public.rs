use palisade::prelude::*;

#[get("/a")]
#[public]
#[credentials(bearer)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
