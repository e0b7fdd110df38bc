//! The tables and columns from a folder of migrations.

mod kind;

use std::{collections::BTreeMap, sync::Arc};

use sqlparser::ast::{Ident, Query};

pub use kind::Kind;

/// The known tables of a database.
///
/// A statement that cannot be parsed makes the schema incomplete rather than wrong: `None` for a
/// table's columns, [`Schema::open`] if there may be further tables.
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
    /// Its columns in order; `None` if unknown.
    pub columns: Option<Vec<TableColumn>>,
    /// The module of a virtual table of SQLite, in lower case.
    pub module: Option<String>,
    /// The query of a view, as long as the tables have the same names as at its creation.
    pub(crate) view: Option<View>,
}

/// The query of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) query: Arc<Query>,
    /// The view's names of its columns.
    pub(crate) renamed: Vec<Ident>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name as it was declared; in Postgres, folded.
    pub name: String,
    /// The kind of its values.
    pub kind: Kind,
    /// Whether it may be `NULL`; `None` if unknown.
    pub nullable: Option<bool>,
    /// The names, in lower case, of the keys, constraints and indexes that make this single column
    /// unique.
    pub unique: Vec<String>,
}

impl Schema {
    /// A table by its name, whatever its case.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(&name.to_lowercase())
    }
}

impl Table {
    /// The hidden columns of a virtual table that accept a query or a command in a language of the
    /// module, in lower case.
    pub fn search_columns(&self) -> Vec<String> {
        match self.module.as_deref() {
            // Numbers are compared there, and nothing else.
            None | Some("rtree" | "rtree_i32" | "geopoly") => Vec::new(),
            Some("fts5") => vec![self.name.to_lowercase(), "rank".to_owned()],
            Some(_) => vec![self.name.to_lowercase()],
        }
    }

    /// Whether a column of a virtual table accepts commands: in full-text search it is the column
    /// with the table's name, and a column named `command` is an ordinary one.
    pub fn takes_commands(&self, column: &str) -> bool {
        let module = self.module.as_deref().unwrap_or_default();
        !module.is_empty() && !module.starts_with("fts") && column.eq_ignore_ascii_case("command")
    }

    /// A column by its name, ignoring case.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.as_ref()?.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

impl TableColumn {
    /// Whether its values are unique.
    pub fn is_unique(&self) -> bool {
        !self.unique.is_empty()
    }
}
