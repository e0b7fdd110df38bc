use palisade::prelude::*;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Node {
    id: u32,
    #[validate(nested, length(max = 4))]
    children: Vec<Node>,
}

#[derive(Deserialize, Serialize, Input)]
enum Tree {
    Leaf(u8),
    Pair(Box<Tree>, Option<Box<Tree>>),
}

fn main() {}
