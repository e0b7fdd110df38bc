use palisade::prelude::*;

#[get("/a")]
#[credentials(bearer)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
