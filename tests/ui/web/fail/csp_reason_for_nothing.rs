use palisade::{Csp, csp};

const POLICY: Csp = csp!(
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    reason = "the old editor writes its scripts inline"
);

fn main() {
    let _ = POLICY;
}
