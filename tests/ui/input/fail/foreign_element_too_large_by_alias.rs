use palisade::prelude::*;

#[derive(Deserialize)]
struct Foreign {
    _grid: [[[f64; 32]; 32]; 32],
}

type Rows = Vec<Vec<Foreign>>;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[input(allow(unbounded), reason = "kept as it came")]
    rows: Rows,
}

fn main() {}
