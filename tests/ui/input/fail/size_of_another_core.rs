extern crate core as real;
extern crate self as core;

pub use real::*;

pub mod mem {
    pub const fn size_of<T>() -> usize {
        1
    }
}

use palisade::prelude::*;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct New {
    grid: [[[f64; 32]; 32]; 32],
}

fn main() {}
