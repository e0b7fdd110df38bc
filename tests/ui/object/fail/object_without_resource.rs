use palisade::{object::*, prelude::*};

#[get("/notes/{id}")]
#[authenticated]
async fn handler(_: Owned<String, Read>) -> &'static str {
    "ok"
}

fn main() {}
