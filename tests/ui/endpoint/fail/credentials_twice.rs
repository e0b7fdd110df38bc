use palisade::prelude::*;

#[get("/a")]
#[authenticated]
#[credentials(bearer, bearer)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
