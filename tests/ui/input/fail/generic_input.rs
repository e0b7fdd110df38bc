use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Page<'a> {
    after: &'a str,
}

fn main() {}
