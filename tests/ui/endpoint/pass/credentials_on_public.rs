use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
