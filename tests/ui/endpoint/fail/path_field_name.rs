use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    qty: u32,
}

#[get("/a/{id}")]
#[public]
#[validated]
async fn handler(_: Path<NewItem>) -> &'static str {
    "ok"
}

fn main() {}
