use palisade::prelude::*;

#[put("/a")]
#[authenticated]
#[conditional]
async fn handler(conditions: Preconditions) -> NoContent {
    drop(conditions);
    NoContent
}

fn main() {}
