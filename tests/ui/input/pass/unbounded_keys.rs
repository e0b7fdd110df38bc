use std::collections::HashMap;

use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(max = 8))]
    labels: HashMap<Slug, u32>,
}

fn main() {}
