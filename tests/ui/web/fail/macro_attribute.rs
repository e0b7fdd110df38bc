use palisade::{Csp, Permissions, csp, permissions};

const PAGES: Csp = csp!(
    #[cfg(any())]
    "default-src 'self'"
);

const FEATURES: Permissions = permissions!(
    #[cfg(any())]
    "geolocation=(self)"
);

fn main() {
    let _ = (PAGES, FEATURES);
}
