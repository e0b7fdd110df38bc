use palisade::prelude::*;

#[route("/a")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
