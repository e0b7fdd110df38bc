//! The compile-time checks of palisade's `sql!`.
//!
//! A query is a string with braces ([`Template`]): SQL outside of them, Rust expressions inside.
//! The expressions are always bound, never inserted into the text. [`prepare`] parses the statement
//! in the grammar of each target database, in each combination of its optional fragments, refuses
//! dangerous statements, looks up tables and columns in the [`Schema`](schema::Schema) from the
//! migrations, and returns one statement for each database.
//!
//! No database is used, only the migrations' folder is read, and this crate does not depend on Rust
//! syntax: the macro expands the result.
//!
//! [`watch`] is for build scripts, and the only item without the feature `check`.

#![cfg_attr(
    feature = "check",
    expect(
        clippy::wildcard_enum_match_arm,
        reason = "the grammar has hundreds of nodes: what is not named is left open, never certain"
    )
)]

#[cfg(feature = "check")]
mod column;
#[cfg(feature = "check")]
mod comparand;
#[cfg(feature = "check")]
mod dialect;
#[cfg(feature = "check")]
mod expr;
#[cfg(feature = "check")]
mod fault;
#[cfg(feature = "check")]
mod folder;
#[cfg(feature = "check")]
mod migrate;
#[cfg(feature = "check")]
mod migration;
#[cfg(feature = "check")]
mod names;
#[cfg(feature = "check")]
mod render;
#[cfg(feature = "check")]
mod resolve;
#[cfg(feature = "check")]
pub mod schema;
#[cfg(feature = "check")]
mod scope;
#[cfg(feature = "check")]
mod statement;
#[cfg(feature = "check")]
pub mod template;
mod watch;

pub use watch::{WATCHED, watch};
#[cfg(feature = "check")]
pub use {
    column::Column,
    comparand::Comparand,
    dialect::Dialect,
    fault::{Fault, FaultKind},
    folder::{Folder, FolderError},
    migration::Migration,
    resolve::Compared,
    statement::{Allow, Chosen, NameUse, Part, Prepared, Request, Role, is_reserved, prepare},
    template::Template,
};
