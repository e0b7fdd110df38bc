use palisade::prelude::*;

#[derive(Scope)]
enum Scope {
    ItemsRead,
    #[scope(grant(ItemsRead))]
    Items,
}

#[get("/a")]
#[require_scope(Scope::ItemsRead)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
