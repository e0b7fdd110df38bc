use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("camera=(https://a.example)");

fn main() {
    let _ = POLICY;
}
