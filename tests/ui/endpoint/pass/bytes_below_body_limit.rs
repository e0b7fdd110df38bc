use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10 MiB/hour", by = subject, burst = "256 KiB")]
#[body_limit("256 KiB")]
#[validated]
async fn handler(_text: Json<Text<200>>) -> NoContent {
    NoContent
}

fn main() {}
