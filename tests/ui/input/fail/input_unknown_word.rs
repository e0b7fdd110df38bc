use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_field = allow, reason = "the sender adds fields")]
#[serde(deny_unknown_fields)]
struct Webhook {
    id: u64,
}

fn main() {}
