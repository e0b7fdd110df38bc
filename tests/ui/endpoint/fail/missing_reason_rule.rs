use palisade::prelude::*;

#[post("/a")]
#[authenticated]
#[allow_unsafe(sql_format)]
async fn handler() -> &'static str {
    "ok"
}

fn main() {}
