use palisade::prelude::*;

#[post("a")]
#[require_scope("")]
#[rate_limit("0/minute", by = ip)]
fn handler() -> &'static str {
    "ok"
}

fn main() {}
