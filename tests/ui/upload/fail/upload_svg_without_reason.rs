use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "64 KiB", kinds(png, svg, html))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
