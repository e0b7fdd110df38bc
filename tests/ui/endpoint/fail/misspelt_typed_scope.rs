use palisade::prelude::*;

enum Scope {
    Read,
}

impl ScopeName for Scope {
    fn scope_name(&self) -> &'static str {
        "items:read"
    }
}

#[get("/a")]
#[require_scope(Scope::Raed)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
