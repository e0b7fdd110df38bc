use palisade::{Permissions, permissions, prelude::*};

const PAGES: Permissions = permissions!("camra=(), microphone='none', geolocation=(https://a.example)");
const OLD: Permissions = permissions!("camera 'none'; microphone 'none'");

#[get("/a")]
#[public]
#[headers(permissions = "camera=(self self)")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {
    let _ = (PAGES, OLD);
}
