use palisade::prelude::*;

#[get("/a")]
#[require_scope(all("items:read", not("suspended")))]
async fn handler() -> &'static str {
    "ok"
}
