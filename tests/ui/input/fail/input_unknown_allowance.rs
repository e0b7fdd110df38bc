use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Webhook {
    #[input(allow(unbound), reason = "whatever the sender says")]
    id: u64,
}

fn main() {}
