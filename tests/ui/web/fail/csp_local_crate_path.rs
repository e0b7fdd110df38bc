use palisade::{Csp, csp};

const POLICY: Csp = csp!(
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    crate = crate::guards
);

mod guards {
    pub use palisade::__private;
}

fn main() {
    let _ = POLICY;
}
