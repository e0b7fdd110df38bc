use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png), files = 0)]
async fn handler(_files: UploadedFiles) -> NoContent {
    NoContent
}

fn main() {}
