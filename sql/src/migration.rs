//! A migration as it was read.

use std::path::PathBuf;

/// A migration: the number in front of a file's name, its words, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The number.
    pub version: i64,
    /// The words, with spaces between them.
    pub description: String,
    /// The SQL.
    pub sql: String,
    /// The file's path below the folder.
    pub file: PathBuf,
}
