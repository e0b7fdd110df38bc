use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png))]
#[body_timeout("1 min")]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
