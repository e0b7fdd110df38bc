use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Page<T: Input> {
    after: T,
    #[validate(length(max = 3))]
    tags: Vec<Text<8>>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct List<T>
where
    T: Input + Validate + Serialize,
{
    #[validate(nested, length(max = 9))]
    items: Vec<T>,
    #[validate(nested)]
    rest: Option<Box<List<T>>>,
}

#[derive(Deserialize, Serialize, Input)]
#[serde(tag = "kind", deny_unknown_fields)]
enum Change<T: Input, const MAX: usize> {
    Set { value: T, why: Text<MAX> },
    Clear {},
}

#[derive(Deserialize, Serialize, Input)]
struct Kept<T: Input>(T);

#[post("/pages")]
#[authenticated]
#[validated]
async fn pages(pages: Json<List<Page<Kept<u64>>>>) -> NoContent {
    let _pages = &pages.items;
    NoContent
}

#[post("/changes")]
#[authenticated]
#[validated]
async fn changes(change: Json<Change<Slug, 20>>) -> NoContent {
    let _change = change;
    NoContent
}

#[get("/pages")]
#[authenticated]
#[validated]
async fn query(page: Query<Search<Slug>>) -> NoContent {
    let _after = &page.after;
    NoContent
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search<T: Input> {
    after: Option<T>,
}

fn main() {}
