use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(gif), frames = 0)]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
