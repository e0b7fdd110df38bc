use palisade::prelude::*;

#[post("/a")]
#[public(reason = "anybody may ask for a link to log in")]
#[rate_limit("1/hour", by = function(network, of = ip))]
async fn handler() -> &'static str {
    "ok"
}

fn network(request: &KeyRequest<'_>) -> Option<String> {
    Some(request.address().to_string())
}

fn main() {}
