use palisade::prelude::*;

#[derive(Deserialize, Input)]
#[serde(tag = "type", deny_unknown_fields)]
#[input(unknown_fields = allow, reason = "the sender adds kinds without notice")]
enum Kind {
    #[serde(other)]
    Else,
}

fn main() {}
