use palisade::{Permissions, permissions};

const EVERYBODY: Permissions = permissions!("camera=*");
const PLAIN: Permissions = permissions!("camera=(\"http://a.example\")");
const NEEDLESS: Permissions = permissions!("camera=(self)", reason = "it weakens nothing at all");

fn main() {
    let _ = (EVERYBODY, PLAIN, NEEDLESS);
}
