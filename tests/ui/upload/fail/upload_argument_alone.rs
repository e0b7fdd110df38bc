use palisade::prelude::*;

#[post("/a")]
#[authenticated]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
