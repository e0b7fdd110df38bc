use palisade::prelude::*;

#[post("/a")]
#[public(reason = "people sign up before they can sign in")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
