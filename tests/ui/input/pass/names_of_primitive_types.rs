use palisade::prelude::*;

#[allow(non_camel_case_types, dead_code)]
type bool = u8;
#[allow(non_camel_case_types, dead_code)]
type usize = u8;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct New {
    name: Text<5>,
    count: u8,
}

#[derive(Deserialize, Input)]
enum Kind {
    One,
    Two,
}

fn main() {}
