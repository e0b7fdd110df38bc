use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    name: std::borrow::Cow<'static, str>,
}

fn main() {}
