use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[allow_unsafe(sql_format, reason = "the table is an enum of ours")]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
