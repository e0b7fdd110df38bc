use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("camera=(), camera=(self)");

fn main() {
    let _ = POLICY;
}
