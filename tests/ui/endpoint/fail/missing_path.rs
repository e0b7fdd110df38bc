use palisade::prelude::*;

#[get]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
