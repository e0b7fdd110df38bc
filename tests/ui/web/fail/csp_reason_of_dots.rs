use palisade::{Csp, csp};

const POLICY: Csp = csp!(
    "default-src 'self'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    reason = ".........."
);

fn main() {
    let _ = POLICY;
}
