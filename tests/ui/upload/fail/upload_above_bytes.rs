use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("5 MiB/hour", by = subject)]
#[upload(max = "5 MiB", kinds(png))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
