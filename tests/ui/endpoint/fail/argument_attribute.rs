use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler(#[cfg(all())] _: ClientAddr) -> &'static str {
    "ok"
}

fn main() {}
