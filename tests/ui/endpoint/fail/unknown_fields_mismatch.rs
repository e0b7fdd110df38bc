use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the partner adds fields")]
struct NewItem {
    qty: u32,
}

#[post("/a")]
#[authenticated]
#[validated]
async fn handler(_: Json<NewItem>) -> &'static str {
    "ok"
}

fn main() {}
