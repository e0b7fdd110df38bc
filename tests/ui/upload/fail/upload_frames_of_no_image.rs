use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(pdf), frames = 100)]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
