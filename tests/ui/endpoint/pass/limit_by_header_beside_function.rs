use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("1/hour", by = header("x-api-key"))]
#[rate_limit("1/hour", by = function(tenant, of = (ip, subject)))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(sources: &KeySources<'_>) -> Option<String> {
    Some(sources.subject()?.to_owned())
}

fn main() {}
