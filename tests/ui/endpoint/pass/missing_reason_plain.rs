use palisade::prelude::*;

#[public(reason = "mounted where only the probe comes")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
