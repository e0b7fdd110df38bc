use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("camera=(self)");

fn main() {
    let _ = POLICY;
}
