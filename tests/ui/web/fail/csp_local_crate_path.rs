use palisade::{Csp, csp};

const POLICY: Csp = csp!("default-src 'self'", crate = crate::guards);

mod guards {
    pub use palisade::__private;
}

fn main() {
    let _ = POLICY;
}
