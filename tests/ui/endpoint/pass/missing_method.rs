use palisade::prelude::*;

#[route("/a", method = "PUT", method = "PATCH")]
#[authenticated]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
