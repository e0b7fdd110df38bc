use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[concurrency_limit(1, by = function(tenant))]
#[concurrency_limit(8, by = ip)]
async fn handler() -> &'static str {
    "ok"
}

fn tenant(request: &KeyRequest<'_>) -> Option<String> {
    request.header("x-tenant").map(str::to_owned)
}

fn main() {}
