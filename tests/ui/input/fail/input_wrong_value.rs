use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = deny)]
#[serde(deny_unknown_fields)]
struct Webhook {
    id: u64,
}

fn main() {}
