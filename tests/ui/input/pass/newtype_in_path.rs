use palisade::prelude::*;

#[derive(Deserialize, Input)]
struct Name(Slug);

#[get("/users/{name}")]
#[public]
#[validated]
async fn user(name: Path<Name>) -> NoContent {
    let _name = name.into_inner();
    NoContent
}

fn main() {}
