use palisade::prelude::*;

#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
