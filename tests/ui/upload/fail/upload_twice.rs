use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png))]
#[upload(max = "5 MiB", kinds(pdf))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
