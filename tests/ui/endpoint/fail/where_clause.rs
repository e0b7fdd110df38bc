use palisade::prelude::*;

#[get("/a")]
#[public]
async fn handler() -> &'static str
where
    u8: Copy,
{
    "ok"
}

fn main() {}
