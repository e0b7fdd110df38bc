use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[input(allow(unbounded), reason = "stored as it is, never read")]
    extra: serde_json::Value,
}

fn main() {}
