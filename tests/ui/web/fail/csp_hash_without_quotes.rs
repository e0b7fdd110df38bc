use palisade::{Csp, csp};

const POLICY: Csp = csp!(
    "default-src 'self'; script-src sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc=; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
);

fn main() {
    let _ = POLICY;
}
