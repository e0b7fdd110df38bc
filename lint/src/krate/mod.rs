//! The context beyond one function: the modules, types and functions of a whole crate.

pub(crate) mod analyse;
pub(crate) mod collect;
pub(crate) mod condition;
pub(crate) mod depth;
pub(crate) mod excluded;
pub(crate) mod expansion;
pub(crate) mod follow;
pub(crate) mod index;
pub(crate) mod kept;
pub(crate) mod layout;
pub(crate) mod load;
pub(crate) mod name;
pub(crate) mod route;
pub(crate) mod settle;
pub mod tree;
pub(crate) mod ty;

pub use analyse::{Options, Report, analyse};
pub use condition::{is_test_only, unfolded};
pub use expansion::expand_own;
pub use load::{Crate, LoadError};
