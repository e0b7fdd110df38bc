use palisade::prelude::*;

#[derive(Scope)]
struct Scope;

impl Scope {
    #[allow(non_upper_case_globals)]
    const ItemsRead: Self = Self;
}

#[get("/a")]
#[require_scope(Scope::ItemsRead)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
