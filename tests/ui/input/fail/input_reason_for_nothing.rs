use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Webhook {
    #[input(reason = "the sender adds fields without notice")]
    id: u64,
}

fn main() {}
