use palisade::prelude::*;

#[derive(Deserialize, Input)]
#[serde(tag = "type")]
#[input(unknown_fields = allow, reason = "the sender adds kinds without notice")]
enum Kind {
    #[serde(other)]
    Else,
}

fn main() {}
