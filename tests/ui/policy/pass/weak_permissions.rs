use palisade::{Permissions, permissions};

const EVERYBODY: Permissions =
    permissions!("fullscreen=*", reason = "players of many sites are embedded");

fn main() {
    let _ = EVERYBODY;
}
