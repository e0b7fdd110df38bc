use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("512 B/minute", by = subject)]
#[validated]
async fn handler(_text: Json<Text<200>>) -> NoContent {
    NoContent
}

fn main() {}
