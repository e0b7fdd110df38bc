use palisade::prelude::*;

#[route("/a", method = "TRACE")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
