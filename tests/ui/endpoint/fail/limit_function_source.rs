use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(tenant, of = header))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(sources: &KeySources<'_>) -> Option<String> {
    sources.subject().map(str::to_owned)
}

fn main() {}
