use std::collections::BTreeMap;

use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(max = 8))]
    labels: BTreeMap<Slug, Text<16>>,
}

fn main() {}
