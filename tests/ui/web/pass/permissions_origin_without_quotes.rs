use palisade::{Permissions, permissions};

const POLICY: Permissions = permissions!("camera=(self \"https://a.example\")");

fn main() {
    let _ = POLICY;
}
