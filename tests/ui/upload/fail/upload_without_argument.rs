use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png))]
async fn handler() -> NoContent {
    NoContent
}

fn main() {}
