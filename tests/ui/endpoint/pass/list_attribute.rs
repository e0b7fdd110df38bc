use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

#[cfg(any())]
#[get("/debug")]
#[public]
async fn debug_dump() -> &'static str {
    "not in this build"
}

trait Mounts {
    const HANDLER: other;
}

struct Holder;

impl Mounts for Holder {
    const HANDLER: other = other;
}

#[get("/b")]
#[public]
async fn other() -> &'static str {
    "ok"
}

fn mount() -> palisade::Endpoints {
    endpoints![
        handler,
        #[cfg(any())]
        debug_dump,
        #[cfg(not(any()))]
        <Holder as Mounts>::HANDLER,
    ]
}

fn main() {}
