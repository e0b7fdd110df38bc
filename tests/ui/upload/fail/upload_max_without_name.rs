use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload("5 MiB", kinds(png))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
