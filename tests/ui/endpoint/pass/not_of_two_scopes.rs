use palisade::prelude::*;

#[get("/a")]
#[require_scope(all("a", not(any("b", "c"))))]
async fn handler() -> &'static str {
    "ok"
}
