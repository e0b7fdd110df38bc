use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "1 GiB", kinds(zip))]
#[body_timeout("1 h")]
async fn handler(_file: Upload) -> NoContent {
    NoContent
}

fn main() {}
