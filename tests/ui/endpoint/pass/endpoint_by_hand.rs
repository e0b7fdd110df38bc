use palisade::prelude::*;

#[get("/admin")]
#[require_scope("admin")]
async fn guarded() -> &'static str {
    "guarded"
}

fn mounted<E: palisade::Endpoint>(endpoint: E) -> palisade::Endpoints {
    palisade::Endpoints::new().with(endpoint)
}

fn main() {
    let _ = mounted(guarded);
}
