use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(docx), unpacked = "9 MiB")]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
