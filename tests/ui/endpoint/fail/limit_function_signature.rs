use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(tenant, of = ip))]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(request: &KeyRequest<'_>) -> String {
    request.address().to_string()
}

fn main() {}
