use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("1 MiB/hour", by = header("x-api-key"))]
#[rate_limit("100/hour", by = ip)]
async fn handler(_: Vouched<actix_web::web::Bytes>) -> &'static str {
    "ok"
}

fn main() {}
