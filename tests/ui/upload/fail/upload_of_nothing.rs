use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
