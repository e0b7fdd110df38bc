use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "64 KiB", kinds(svg, html), reason = "only ever sent as downloads")]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
