use palisade::Endpoint as Mounted;
use palisade::prelude::*;

struct Bare;

impl Mounted for Bare {}

fn main() {
    let _ = endpoints![Bare];
}
