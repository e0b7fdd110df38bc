use palisade::prelude::*;

#[derive(Deserialize, Input)]
enum Id {
    Number(u64),
    Line(Line),
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    qty: u32,
}

fn main() {}
