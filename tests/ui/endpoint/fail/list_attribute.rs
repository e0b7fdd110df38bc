use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

fn mount() -> palisade::Endpoints {
    endpoints![
        #[authenticated]
        handler
    ]
}

fn main() {}
