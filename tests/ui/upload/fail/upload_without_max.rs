use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(kinds(png))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
