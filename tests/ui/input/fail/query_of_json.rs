use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[input(json)]
    place: (u32, u32),
}

#[get("/items")]
#[public]
#[validated]
async fn items(_filter: Query<Filter>) -> NoContent {
    NoContent
}

fn main() {}
