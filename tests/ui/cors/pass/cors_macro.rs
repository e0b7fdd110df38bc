use palisade::{policy::CorsPolicy, prelude::*};

const PAGES: CorsPolicy =
    cors!("https://app.example", "https://*.shop.example", headers("x-api-key"), max_age = "24 h",);

fn main() {
    let _ = PAGES;
}
