use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[rate_limit("10/minute", by = function(tenants::own, of = subject))]
async fn handler() -> &'static str {
    "ok"
}

mod tenants {
    use palisade::limit::KeySources;

    pub fn own(sources: &KeySources<'_>) -> Option<String> {
        Some(sources.subject()?.to_owned())
    }
}

fn main() {}
