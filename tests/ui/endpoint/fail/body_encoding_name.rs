use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Batch {
    sum: u32,
}

#[post("/batches")]
#[authenticated]
#[body_encoding(gz)]
#[validated]
async fn record(batch: Json<Batch>) -> String {
    batch.sum.to_string()
}

fn main() {}
