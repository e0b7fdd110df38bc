use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> &'static str {
    "ok"
}

async fn call() {
    handler::unguarded().await;
}

fn main() {}
