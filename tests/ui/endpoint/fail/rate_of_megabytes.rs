use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10 MB/hour", by = subject)]
#[validated]
async fn handler(_text: Json<Text<200>>) -> NoContent {
    NoContent
}

fn main() {}
