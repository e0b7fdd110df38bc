use std::collections::HashMap;

use palisade::prelude::*;

#[derive(Deserialize, Serialize, Input, PartialEq, Eq, Hash)]
struct Corner((u8, u8));

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Labels {
    #[validate(length(max = 3))]
    labels: HashMap<Corner, u8>,
}

fn main() {}
