use palisade::{Csp, csp, prelude::*};

const PAGES: Csp = csp!(
    "defalt-src 'self'; script-src 'slef' nonce-abc; object-src none; base-uri 'none'; \
     base-uri 'self'; form-action 'none' 'self'; frame-ancestors 'none'"
);

#[get("/a")]
#[public]
#[headers(csp = "default-src 'self', img-src *")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {
    let _ = PAGES;
}
