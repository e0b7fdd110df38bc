use palisade::{policy::CorsPolicy, prelude::*};

const PAGES: CorsPolicy = cors!(crate = crate::guards, "https://app.example");

mod guards {
    pub use palisade::__private;
}

fn main() {
    let _ = PAGES;
}
