use palisade::prelude::*;

#[route("/a", method = "PUT", method = "PATCH")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png))]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
