use palisade::prelude::*;

#[derive(Scope)]
enum Scope {
    ItemsReed,
}

#[get("/a")]
#[require_scope(Scope::ItemsRead)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
