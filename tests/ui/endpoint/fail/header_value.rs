use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[headers(csp = "defalt-src 'self'")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
