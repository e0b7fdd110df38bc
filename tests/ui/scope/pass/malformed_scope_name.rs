use palisade::prelude::*;

#[derive(Scope)]
enum Scope {
    #[scope("items.read")]
    ItemsRead,
}

#[get("/a")]
#[require_scope(Scope::ItemsRead)]
async fn handler() -> &'static str {
    "ok"
}
