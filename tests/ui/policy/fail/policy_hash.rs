use palisade::{Csp, csp, csp_hash};

const MISSING: Csp = csp!(
    "default-src 'none'; script-src {boot}; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
    start = inline("start()"),
);
const FILE: &str = csp_hash!(file("no/such/file.js"));

fn main() {
    let _ = (MISSING, FILE);
}
