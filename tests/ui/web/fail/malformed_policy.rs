use palisade::{Csp, csp};

const POLICY: Csp = csp!(
    "default-scr 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
);

fn main() {
    let _ = POLICY;
}
