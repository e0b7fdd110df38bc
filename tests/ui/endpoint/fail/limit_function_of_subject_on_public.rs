use palisade::prelude::*;

#[post("/a")]
#[public(reason = "anybody may ask for a link to log in")]
#[rate_limit("10/minute", by = function(tenant, of = subject))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(sources: &KeySources<'_>) -> Option<String> {
    Some(sources.subject()?.to_owned())
}

fn main() {}
