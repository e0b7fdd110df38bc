use palisade::prelude::*;

struct Items;

impl Items {
    #[get("/a")]
    #[public]
    async fn handler(&self) -> &'static str {
        "ok"
    }
}

fn main() {}
