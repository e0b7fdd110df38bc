use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(tenant, of = (ip, subject, client)))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(sources: &KeySources<'_>) -> Option<String> {
    let client = sources.client_id().unwrap_or("-");
    Some(format!("{} {client} {}", sources.subject()?, sources.address()?))
}

fn main() {}
