use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("60 MiB/hour", by = subject, burst = "6 MiB")]
#[upload(max = "5 MiB", kinds(png))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
