use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Page {
    number: u32,
}

#[get("/a")]
#[authenticated]
#[rate_limit("10 MiB/hour", by = subject)]
#[validated]
async fn handler(_text: Query<Page>) -> NoContent {
    NoContent
}

fn main() {}
