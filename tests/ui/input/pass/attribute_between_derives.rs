use palisade::prelude::*;

#[palisade::__private::absorbed]
#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
#[doc = "Derives may stand in two lists."]
#[derive(Debug)]
struct NewItem {
    qty: u32,
}

fn main() {}
