use palisade::prelude::*;

#[post("/a")]
#[public(reason = "\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
