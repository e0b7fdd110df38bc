use palisade::prelude::*;

#[derive(Scope)]
enum Scope {
    ItemsRead,
    #[scope("items")]
    Items,
}

#[get("/a")]
#[require_scope(Scope::ItemsRead)]
async fn handler() -> &'static str {
    "ok"
}
