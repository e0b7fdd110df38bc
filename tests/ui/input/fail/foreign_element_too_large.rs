use palisade::prelude::*;

#[derive(Deserialize)]
struct Foreign {
    _grid: [[[f64; 32]; 32]; 32],
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[input(allow(unbounded), reason = "kept as it came")]
    parts: Option<Vec<Box<Foreign>>>,
}

fn main() {}
