use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[headers(csp = "default-src 'self'", cache = no_store)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
