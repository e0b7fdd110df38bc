use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "..........")]
struct Webhook {
    id: u64,
}

fn main() {}
