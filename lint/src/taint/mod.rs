//! The analysis of one function: which outside data reaches which place, on which way.
//!
//! [`walk::Walker`] runs over a function's syntax the way the program would, with a [`value::Value`]
//! for each variable. Branches are joined, loops run until nothing changes, and a check cleans a
//! value only where it holds. The rules are asked at every call, macro, binding and comparison.

pub(crate) mod call;
pub(crate) mod chars;
pub(crate) mod class;
pub(crate) mod concat;
pub(crate) mod cond;
pub(crate) mod expr;
pub(crate) mod format;
pub(crate) mod guard;
pub(crate) mod macros;
pub(crate) mod method;
pub(crate) mod pattern;
pub(crate) mod source;
pub(crate) mod state;
pub(crate) mod summary;
pub(crate) mod text;
pub(crate) mod value;
pub(crate) mod walk;
