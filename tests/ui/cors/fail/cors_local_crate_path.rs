use palisade::{policy::CorsPolicy, prelude::*};

const PAGES: CorsPolicy = cors!("https://app.example", crate = crate::guards);

mod guards {
    pub use palisade::__private;
}

fn main() {
    let _ = PAGES;
}
