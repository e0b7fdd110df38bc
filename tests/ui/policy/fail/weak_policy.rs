use palisade::{Csp, csp, prelude::*};

const PAGES: Csp = csp!(
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' https://cdn.jsdelivr.net; img-src *; \
     base-uri 'none'; form-action 'self'"
);

#[get("/a")]
#[public]
#[headers(csp = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {
    let _ = PAGES;
}
