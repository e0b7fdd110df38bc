use palisade::{policy::CorsPolicy, prelude::*};

const PAGES: CorsPolicy = cors!(
    "https://app.example",
    "https://app.example",
    "https://*.github.io",
    "https://bücher.example",
    max_age = "2 days",
);

fn main() {
    let _ = PAGES;
}
