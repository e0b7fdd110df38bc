use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    note: Option<Option<Text<20>>>,
}

fn main() {}
