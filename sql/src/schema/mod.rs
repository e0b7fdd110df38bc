//! The tables and columns that a folder of migrations makes.

mod kind;

use std::{collections::BTreeMap, sync::Arc};

use sqlparser::ast::{Ident, Query};

pub use kind::Kind;

/// What is known of a database's tables.
///
/// A statement that cannot be read makes the schema incomplete rather than wrong: `None` for a
/// table's columns, [`Schema::open`] where there may be further tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Tables and views by their name in lower case.
    pub tables: BTreeMap<String, Table>,
    /// Whether there may be others.
    pub open: bool,
}

/// A table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name as it was declared.
    pub name: String,
    /// Its columns in order; `None` where they are not known.
    pub columns: Option<Vec<TableColumn>>,
    /// The module of a virtual table of SQLite, in lower case.
    pub module: Option<String>,
    /// What a view selects, as long as the tables have the names that it was made with.
    pub(crate) view: Option<View>,
}

/// What a view selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) query: Arc<Query>,
    /// The names that it gives to its columns.
    pub(crate) renamed: Vec<Ident>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name as it was declared, and for Postgres as it is folded.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be `NULL`; `None` where that is not known.
    pub nullable: Option<bool>,
    /// The keys, constraints and indexes of it alone by which no two rows have the same value, by their
    /// names in lower case.
    pub unique: Vec<String>,
}

impl Schema {
    /// A table by its name, whatever its case.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(&name.to_lowercase())
    }
}

impl Table {
    /// The hidden columns of a virtual table that take a query or a command in a language of the
    /// module's, in lower case.
    pub fn search_columns(&self) -> Vec<String> {
        match self.module.as_deref() {
            // Numbers are compared there, and nothing else.
            None | Some("rtree" | "rtree_i32" | "geopoly") => Vec::new(),
            Some("fts5") => vec![self.name.to_lowercase(), "rank".to_owned()],
            Some(_) => vec![self.name.to_lowercase()],
        }
    }

    /// Whether a column of a virtual table's takes commands by its name: those of full-text search
    /// go to the column that is named as the table is, and `command` is one of theirs as any other.
    pub fn takes_commands(&self, column: &str) -> bool {
        let module = self.module.as_deref().unwrap_or_default();
        !module.is_empty() && !module.starts_with("fts") && column.eq_ignore_ascii_case("command")
    }

    /// A column by its name, whatever its case.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.as_ref()?.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

impl TableColumn {
    /// Whether no two rows have the same value.
    pub fn is_unique(&self) -> bool {
        !self.unique.is_empty()
    }
}
