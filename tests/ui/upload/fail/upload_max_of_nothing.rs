use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "0 B", kinds(png))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
