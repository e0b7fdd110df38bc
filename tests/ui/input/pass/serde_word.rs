use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "the page stands in every search")]
    page: Page,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Page {
    after: u64,
}

fn main() {}
