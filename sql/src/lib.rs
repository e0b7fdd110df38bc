//! What palisade's `sql!` checks when a program is compiled.
//!
//! A query is a string with braces ([`Template`]): SQL outside of them, Rust expressions inside.
//! The expressions are always bound, never spliced. [`prepare`] parses the statement in the grammar
//! of every database that it is meant for, in each combination of its optional fragments, refuses
//! what could not be undone, looks up tables and columns in the [`Schema`](schema::Schema) that the
//! migrations make, and returns one statement for each database.
//!
//! No database is asked, nothing is read but the migrations' folder, and nothing here knows of Rust
//! syntax: the expansion is the macro's.
//!
//! [`watch`] is for build scripts, and all that there is without the feature `check`.

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
