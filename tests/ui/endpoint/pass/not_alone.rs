use palisade::prelude::*;

#[get("/a")]
#[require_scope("items:read")]
#[require_scope(not("suspended"))]
async fn handler() -> &'static str {
    "ok"
}
