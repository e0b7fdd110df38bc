use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    qty: u32,
}

#[delete("/a")]
#[authenticated]
#[validated]
async fn handler(_: Json<NewItem>) -> &'static str {
    "ok"
}

fn main() {}
