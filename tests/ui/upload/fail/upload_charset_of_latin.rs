use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "1 MiB", kinds(csv), charset = "ISO-8859-1")]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
