use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler(#[expect(unused)] a: ClientAddr) -> &'static str {
    "ok"
}

fn main() {}
