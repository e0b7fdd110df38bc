use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the sender adds fields without notice")]
struct Webhook {
    id: u64,
}

fn main() {}
