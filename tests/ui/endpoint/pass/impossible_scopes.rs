use palisade::prelude::*;

#[get("/a")]
#[require_scope(any("items:write", all("items:read", not("items:write"))))]
async fn handler() -> &'static str {
    "ok"
}
