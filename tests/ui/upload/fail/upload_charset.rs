use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "1 MiB", kinds(csv), charset = "windows-1253x")]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
