use palisade::prelude::*;

#[derive(Scope)]
enum Scope {
    ItemsRead,
    Items(u32),
}

#[get("/a")]
#[require_scope(Scope::ItemsRead)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
