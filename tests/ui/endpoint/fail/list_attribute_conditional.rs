use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn mount() -> palisade::Endpoints {
    endpoints![
        #[cfg_attr(all(), cfg(any()))]
        handler
    ]
}

fn main() {}
