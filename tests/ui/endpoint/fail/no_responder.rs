use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> u8 {
    1
}

fn main() {}
