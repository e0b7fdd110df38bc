use palisade::{Csp, csp, prelude::*};

const PAGES: Csp = csp!(
    "default-src 'self'; script-src {nonce} 'strict-dynamic'; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
);

#[get("/a")]
#[public]
#[headers(csp = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {
    let _ = PAGES;
}
