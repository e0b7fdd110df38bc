use palisade::{Csp, csp};

const POLICY: Csp =
    csp!("default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

fn main() {
    let _ = POLICY;
}
