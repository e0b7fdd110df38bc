use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> &'static str {
    #[allow_unsafe(sql_format, reason = "an enum of ours")]
    let ok = "ok";
    ok
}

fn main() {}
