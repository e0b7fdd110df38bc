use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(tenant, of = ip))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(sources: &KeySources<'_>) -> String {
    sources.address().map(|address| address.to_string()).unwrap_or_default()
}

fn main() {}
