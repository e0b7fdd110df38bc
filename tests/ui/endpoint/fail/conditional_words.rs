use palisade::prelude::*;

#[put("/a")]
#[authenticated]
#[conditional(optional)]
async fn one(conditions: Preconditions) -> NoContent {
    drop(conditions);
    NoContent
}

#[put("/b")]
#[authenticated]
#[conditional(required, always, on = "PUT")]
async fn other(conditions: Preconditions) -> NoContent {
    drop(conditions);
    NoContent
}

fn main() {}
