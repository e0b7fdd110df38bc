use palisade::prelude::*;

type C = ClientAddr;

#[get("/a")]
#[public]
async fn f(_: C, _: C, _: C, _: C, _: C, _: C, _: C, _: C, _: C, _: C, _: C, _: C) -> String {
    String::new()
}

fn main() {}
