use palisade::prelude::*;

const READ: u8 = 1;

#[get("/a")]
#[require_scope(READ)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
