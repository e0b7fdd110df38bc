use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("camera 'none'");

fn main() {
    let _ = POLICY;
}
