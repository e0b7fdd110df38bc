use palisade::prelude::*;

#[get("/a", crate = palisade)]
#[public(crate = ::palisade)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
