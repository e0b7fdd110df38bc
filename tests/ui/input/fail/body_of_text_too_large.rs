use palisade::prelude::*;

#[post("/items")]
#[public(reason = "anyone may suggest an item")]
#[validated]
async fn suggest(name: Json<Text<{ usize::MAX }>>) -> NoContent {
    let _name = name.into_inner();
    NoContent
}

fn main() {}
