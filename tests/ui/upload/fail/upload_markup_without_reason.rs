use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "1 MiB", kinds(csv), markup = allow)]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
