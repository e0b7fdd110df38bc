use palisade::prelude::*;

#[derive(Deserialize)]
struct Foreign {
    _point: [f64; 32],
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[input(allow(unbounded), reason = "kept as it came")]
    points: Vec<[[Foreign; 2]; 2]>,
}

fn main() {}
