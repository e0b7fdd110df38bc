use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(tenants::own, of = subject))]
async fn handler() -> &'static str {
    "ok"
}

mod tenants {
    use palisade::limit::KeyRequest;

    pub fn own(request: &KeyRequest<'_>) -> Option<String> {
        Some(request.principal()?.subject().to_owned())
    }
}

fn main() {}
