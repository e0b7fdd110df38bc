//! The checks behind palisade: which code is unsafe, and why.
//!
//! An ordinary library over syntax, shared by the macros and by `cargo palisade check` so that both
//! say the same thing. [`analyse_item`] judges one function; [`Crate`] and [`analyse`] judge files,
//! folders and whole crates.

mod finding;
mod item;
mod krate;
mod rules;
mod suppress;
mod taint;

pub use finding::{Finding, Fix, Level, Place, Step};
pub use item::{Context, ItemFinding, analyse_item};
pub use krate::{Crate, LoadError, Options, Report, analyse};
pub use rules::{ALL as RULES, Rule, RuleScope, explain, find as find_rule};
pub use suppress::{Suppression, strip};
