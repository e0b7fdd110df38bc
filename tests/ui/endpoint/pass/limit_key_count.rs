use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = (ip, subject, client, function(tenant, of = ip)))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(sources: &KeySources<'_>) -> Option<String> {
    Some(sources.address()?.to_string())
}

fn main() {}
