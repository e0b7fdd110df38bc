//! What is measured, and how: the contenders, the load, and the counting.
//!
//! Every figure is a ratio between contenders of one run, or a number of instructions. Nothing
//! here asserts a time.

pub mod contender;
pub mod load;
pub mod process;
