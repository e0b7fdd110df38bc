use palisade::prelude::*;

#[derive(Deserialize, Input)]
enum Shape {
    Point,
    Grid([[[u8; 32]; 32]; 32]),
}

fn main() {}
