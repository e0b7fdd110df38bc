use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[allow_unsafe(SqlFormat, reason = "the table is an enum of ours")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
