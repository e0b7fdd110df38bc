use palisade::{Csp, csp, prelude::*};

const PAGES: Csp = csp!(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'",
    reason = "the editor writes its styles inline",
);

#[get("/a")]
#[public]
#[headers(
    csp = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *",
    reason = "a widget that every site may embed"
)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {
    let _ = PAGES;
}
