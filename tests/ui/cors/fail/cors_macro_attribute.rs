use palisade::{policy::CorsPolicy, prelude::*};

const PAGES: CorsPolicy = cors!(
    #[cfg(any())]
    "https://app.example"
);

fn main() {
    let _ = PAGES;
}
