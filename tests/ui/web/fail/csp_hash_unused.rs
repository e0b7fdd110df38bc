use palisade::{Csp, csp};

const POLICY: Csp = csp!(
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    boot = inline("start()")
);

fn main() {
    let _ = POLICY;
}
