use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(flatten)]
    #[validate(nested)]
    page: Page,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Page {
    after: u64,
}

fn main() {}
