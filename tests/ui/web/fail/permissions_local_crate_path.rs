use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("geolocation=(self)", crate = crate::guards);

mod guards {
    pub use palisade::__private;
}

fn main() {
    let _ = POLICY;
}
