use actix_web::web::Bytes;
use palisade::prelude::*;

#[post("/batches")]
#[authenticated]
#[body_encoding(gzip)]
async fn record(batch: Vouched<Bytes>) -> String {
    batch.len().to_string()
}

fn main() {}
