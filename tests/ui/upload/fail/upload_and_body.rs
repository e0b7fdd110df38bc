use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png))]
#[validated]
async fn handler(_file: Upload, _text: Json<Text<200>>) -> NoContent {
    NoContent
}

fn main() {}
