//! What is measured, and how: the contenders, the load, and the counting.
//!
//! Every figure is a ratio between contenders of one run, or a number of instructions. Nothing
//! here asserts a time.

pub mod contender;
pub mod crates;
pub mod load;
pub mod process;

/// The middle one of several figures; not a number where there is none.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
