use palisade::prelude::*;

#[post("/a")]
#[public(reason = "anybody may ask for a link to log in")]
#[rate_limit("1/hour", by = function(network, of = ip))]
async fn handler() -> &'static str {
    "ok"
}

fn network(sources: &KeySources<'_>) -> Option<String> {
    Some(sources.address()?.to_string())
}

fn main() {}
