use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(tenant, of = subject))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(request: &KeyRequest<'_>) -> Option<String> {
    Some(request.principal()?.token_id()?.to_owned())
}

fn main() {}
