use palisade::prelude::*;

#[get("/{a}/{b}/{c}")]
#[authenticated]
#[rate_limit("9/minute", by = (ip, subject, path("a"), path("b"), path("c")))]
#[validated]
async fn handler(_path: Path<(u32, u32, u32)>) -> NoContent {
    NoContent
}

fn main() {}
