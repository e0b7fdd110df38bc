use palisade::prelude::*;
use palisade::upload::Image;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png, webp))]
async fn handler(_file: Upload<Image>) -> NoContent {
    NoContent
}

fn main() {}
