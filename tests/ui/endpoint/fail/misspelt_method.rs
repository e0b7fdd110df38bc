use palisade::prelude::*;

#[route("/a", method = "DELTE")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
