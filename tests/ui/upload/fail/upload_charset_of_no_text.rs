use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "1 MiB", kinds(png), charset = "windows-1252")]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
