use palisade::{Csp, csp};

const POLICY: Csp = csp!(
    "default-src 'self'; img-src 'self' https://a.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
);

fn main() {
    let _ = POLICY;
}
