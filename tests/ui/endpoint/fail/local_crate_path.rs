use palisade::prelude::*;

mod guards {
    pub use palisade::__private;
}

#[get("/a", crate = crate::guards)]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
