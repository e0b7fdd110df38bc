use palisade::{Permissions, permissions, prelude::*};

const PAGES: Permissions =
    permissions!("camera=(), microphone=(), geolocation=(self \"https://a.example\")");

#[get("/a")]
#[public]
#[headers(permissions = "camera=(self)")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {
    let _ = PAGES;
}
