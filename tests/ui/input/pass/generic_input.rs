use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Page<const MAX: usize> {
    after: Text<MAX>,
}

#[post("/pages")]
#[authenticated]
#[validated]
async fn pages(page: Json<Page<40>>) -> NoContent {
    let _after = &page.after;
    NoContent
}

fn main() {}
