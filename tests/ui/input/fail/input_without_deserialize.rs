use palisade::prelude::*;

#[derive(Validate, Input)]
#[input(unknown_fields = allow, reason = "nothing reads this type")]
struct NewItem {
    qty: u32,
}

fn main() {}
