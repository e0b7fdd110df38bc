//! The analysis of one function: which outside data reaches which place, and by which path.
//!
//! [`walk::Walker`] runs over a function's syntax the way the program would, with a [`value::Value`]
//! for each variable. Branches are joined, loops run until nothing changes, and a check cleans a
//! value only where it holds. The rules are asked at every call, macro, binding and comparison.

pub(crate) mod binary;
pub(crate) mod branch;
pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod chars;
pub(crate) mod class;
pub(crate) mod command;
pub(crate) mod concat;
pub(crate) mod cond;
pub(crate) mod expr;
pub(crate) mod foreign;
pub(crate) mod format;
pub(crate) mod guard;
pub(crate) mod iterator;
pub(crate) mod lookup;
pub(crate) mod loops;
pub(crate) mod macros;
pub(crate) mod method;
pub(crate) mod mutation;
pub(crate) mod path;
pub(crate) mod pattern;
pub(crate) mod place;
pub(crate) mod report;
pub(crate) mod resolve;
pub(crate) mod returned;
pub(crate) mod sanitizer;
pub(crate) mod source;
pub(crate) mod state;
pub(crate) mod stream;
pub(crate) mod summary;
pub(crate) mod text;
pub(crate) mod upload;
pub(crate) mod value;
pub(crate) mod verb;
pub(crate) mod walk;
