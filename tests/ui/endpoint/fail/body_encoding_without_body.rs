use palisade::prelude::*;

#[post("/batches")]
#[authenticated]
#[body_encoding(gzip)]
async fn record() -> NoContent {
    NoContent
}

fn main() {}
