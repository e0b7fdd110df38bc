use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "2 GiB", kinds(png))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
