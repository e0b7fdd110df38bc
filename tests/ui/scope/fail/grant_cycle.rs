use palisade::prelude::*;

#[derive(Scope)]
enum Scope {
    #[scope(grants(Items))]
    ItemsRead,
    #[scope(grants(ItemsRead))]
    Items,
}

#[get("/a")]
#[require_scope(Scope::ItemsRead)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
