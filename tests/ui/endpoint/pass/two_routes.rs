use palisade::prelude::*;

#[route("/a", method = "GET", method = "POST")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
