use palisade::prelude::*;

#[get("/a")]
#[authentcated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
