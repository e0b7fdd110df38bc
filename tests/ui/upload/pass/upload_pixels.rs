use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png), pixels = 1_000_000)]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
