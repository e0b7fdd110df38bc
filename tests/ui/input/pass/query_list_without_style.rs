use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[validate(length(max = 5))]
    #[input(list = repeat)]
    tags: Vec<Text<8>>,
}

#[get("/items")]
#[public]
#[validated]
async fn items(filter: Query<Filter>) -> NoContent {
    let _tags = &filter.tags;
    NoContent
}

fn main() {}
