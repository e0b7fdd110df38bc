use palisade::{Csp, csp, csp_hash};

const BOOT: Csp = csp!(
    "default-src 'none'; script-src {boot}; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
    boot = inline("start()"),
);
const HASH: &str = csp_hash!("start()");

fn main() {
    let _ = (BOOT, HASH);
}
