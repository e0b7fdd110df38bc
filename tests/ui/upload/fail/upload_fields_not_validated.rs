use palisade::prelude::*;
use palisade::upload::AnyKind;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Caption {
    text: Text<200>,
}

#[post("/a")]
#[authenticated]
#[upload(max = "5 MiB", kinds(png))]
async fn handler(_file: Upload<AnyKind, Caption>) -> NoContent {
    NoContent
}

fn main() {}
