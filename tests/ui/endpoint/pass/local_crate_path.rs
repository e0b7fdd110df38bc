use palisade::prelude::*;

mod framework {
    pub use ::palisade;
}

#[get("/a", crate = framework::palisade)]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn mount() -> palisade::Endpoints {
    endpoints![crate = ::palisade, handler]
}

fn main() {}
