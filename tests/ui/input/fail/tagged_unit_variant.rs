use palisade::prelude::*;

#[derive(Deserialize, Input)]
#[serde(tag = "type", deny_unknown_fields)]
enum Event {
    Started,
    Moved { x: i32 },
}

fn main() {}
