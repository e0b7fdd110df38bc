use palisade::prelude::*;

#[get("/prices")]
#[public]
#[compress(gzip, level = 9)]
async fn prices() -> &'static str {
    "[]"
}

fn main() {}
