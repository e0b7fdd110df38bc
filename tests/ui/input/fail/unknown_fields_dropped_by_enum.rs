use palisade::prelude::*;

#[derive(Deserialize, Input)]
enum Event {
    Moved { x: i32 },
}

fn main() {}
