use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("camera=*");

fn main() {
    let _ = POLICY;
}
