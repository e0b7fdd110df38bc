use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("camra=()");

fn main() {
    let _ = POLICY;
}
