use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MB", kinds(jpg, "png"), files = 0, field = "a b", pixels = 0, pixel = 1)]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
